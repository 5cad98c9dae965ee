"""Published and locally computed vectors. Source: spec/wechat_pay_v3.md §16.

K1 is the documentation's public sample key: never to be used for money.
"""

from cryptography.hazmat.primitives.asymmetric import rsa

MCHID = '1900007291'
SERIAL_NO = '408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB'
NOW = 1554208460
NONCE = '593BEC0C930BF1AFEB40B4A08C8FB242'
APIV3_KEY = b'a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb'

K1_P = int(
    'd502527ee14e595463ae0dcdfeb00873f024f3805365abdbcab92a052ba84ecf62fe7308fe13b3571a439ed8'
    '3b071d9372d97ab193b71a2a13c4a75cfd861a4ca722d532816de8229e9b2a110560c24302cbc1e9bd49917f'
    '200ca8bc190b887dfa3f8d899b6ea052434c282ff9661b6ac5fe91660450cdb56e7498b8eef2110b',
    16,
)
K1_Q = int(
    'c8874fafdbb3a8f833377e139b1f823536b5e958e1061fb3901b5744b0cb85605e218c6860d240443f7c3dbd'
    '5765dbe99196564a4ecc7da2a8dbf0e89b3cb2c81fcc6c75b001d162df26f8cbbb8c25fc82d4ccdd51234ddd'
    '5a79efd849c47909fa737862cefac9f70479538b9ef513d59d0a282748591753d4b822f97d62b733',
    16,
)


def derive_key(p: int, q: int, e: int = 65537) -> rsa.RSAPrivateKey:
    """Return the private key of two primes: d and the CRT values follow from them."""
    d = pow(e, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(e, p * q)
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q), public
    )
    return numbers.private_key()


K1 = derive_key(K1_P, K1_Q)

V1_TARGET = '/v3/pay/transactions/jsapi'
V1_BODY = (
    '{"appid":"wxd678efh567hg6787","mchid":"1900007291","description":"Image形象店-深圳腾大-'
    'QQ公仔","out_trade_no":"1217752501201407033233368018","notify_url":"https://www.we'
    'ixin.qq.com/wxpay/pay.php","amount":{"total":100,"currency":"CNY"},"payer":{"ope'
    'nid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}'
).encode()
V1_SIGNATURE = (
    'jnks4dlrPw3ZX+ozVvSK39oa0t7OMBsg83BHAwd8BRdUFiVaQNTLTvci+wURgP1OQBbKYhFGvt7iqYpDSTQkp7Uq'
    '1sltaQKyncCyrA1g88m5bsKERQfPyT0ahSwKTYJ1CAn9QiJuSJRq1QsQs07eehbU/k9BCS51jTyc1Jpsi2H77HF9'
    'f/BnjXAOP3/sPObg6V5Ee4EzwLox684hhuMuIwHo7D8KFk3LIHOKDcNI4It1aCXydFWNpNK+SG86VUDe5kwoDpw4'
    'Ulqfu9z8OFDGbDs9TCxEv8iqQzbpxOlEVoOe2kalSYM5kApQb3nZcxdUtoE0liJGW3RGUNE0t4v01A=='
)

V2_TARGET = '/v3/refund/domestic/refunds/1217752501201407033233368018'
V2_SIGNATURE = (
    'UBeGZnKene8AU1koQowdSqeWz+YUlAQMhXR2MCfbLwRkkCYSitmKYBvlhSdLZ8p4pS1jEI6488p8byuH/k+A/c/g'
    'Z4jEoVlQpqIdtsqBB0dUX7oOJbVHU/t1kbjtPT/xTlxPE0dtMp3ZFNYBDvW6F1Hmj7ohGqiuITSNdXNem9b1g8Dh'
    'Ul3HGqVoEjGvSvaeqsPDsulKJ5100IhiaCWsMDUV9asnX8zgsmQ03DM8PVkqVJKvs+ytcdD/jbznMeGk9KCikUEO'
    '2kRkpaYlaylIrfpD85dz6tMgP/OcTMrYLNTv5+0A9k0RadOSbhVNrTo3zqMaFtpW0uHfX5Lg0pEXmQ=='
)

V3_TARGET = '/v3/pay/transactions/out-trade-no/1217752501201407033233368018?mchid=1900007291'
V3_SIGNATURE = (
    'cVvdVujlEmASmAYpcmKXmIrlQualKxd87f8XZtnTeLCw3V7kZ1ST6YwX0kSLsqJeecZqmKJfd6ieRl/hRLZUodxX'
    'U1NzoTz1OXNh6TzBfcxU8xRNFbmPiEHwMJM7Jo52TYGk71MaCbvkPlUpUL6WhpmAgfC7jg/3IcA/UILbby4Nro0N'
    'bq0An/DYEEp8vZMaags/5ed52JpGqxEOcTLIuqihy+Amy5z+t8m3a93YTRNDRi0W5b332UQBtrWRSwJOMU96Nof7'
    'hJC2MM71Y1bHB8YP8kBKaoDW7vEoNsEMVzkyp0pyjUHFWc6yaRVHE054z79S2koj3jSRbCiY+CaJzg=='
)

V4_APPID = 'wx2421b1c4370ec43b'
V4_PREPAY_ID = 'wx201410272009395522657a690389285100'
V4_PAY_SIGN = (
    'mI35pfNEQV6777ke/1T+LJLQDNTm7yeoUJH+j/adPGhmCCi0PbgkvYQTRcXH0uibcLVtvFLdGLpmoYO9FV6lBBsT'
    'Ajuhh5YOvQi0e2g3e0yytitiNET9FEuqM0pjnKfRW4K6LIZDdbWJv9KhZUx3DrJa5TL7OJ7VdADVivxVySIlPVKj'
    'GwuCXzuXSJes0UcILgWQUMyha5/3nYofuHtS7r+KYyMuxD+oJ9VM1Qdxk4UIG59CP5Y3wtYIFybyF3bdu1caHTRR'
    'X+DLyMXyYA/IrTmiW01c4RPjpHBX5Dk1sZyY1zVsWNsvMHr2e1NTWtBxKJ+qk5N61J7caYoepHFaxw=='
)
V5_APP_SIGN = (
    'gXx9KhTP6IooKV1SuG3OCGlBIgZbKtubCZvnau6khw1iffvNT28IzLbKmztq2xA/RCNbZa1XOsoiuVmAEeTZQicW'
    'fhv4P+O4oBRIrx0X9f3cnWFkMBU9alTWs0nyQ1N9fcILOTe0f4kxOhVh+/Xhn5hOiUK7Sz3XA1mcpa3R2NCWf/e+'
    '0ow/RDf15iTymOHgDrEkT/gedg/3E0iXfDX3mFicSZhrHESZDOTXcl9RzELREBUFznd/o2NQM99WcL86m23HY0cT'
    'y+QGWU4QDmNrbQ9ihmLW71qPb0Cx/d7EQvw/Kyx0A6s64ZQp3hHdcmiRcLnjVXrKCk7LShaCK+lS3Q=='
)

V6_BODY = b'{"prepay_id":"wx201410272009395522657a690389285100"}'
V6_SIGNATURE = (
    'GTG99u9EC3ydwT5k0ro/vugFUjgzW4X/ePtf0mSuC8cilHXBxPwcqN7kgsTHe2IkshHPQTiNKQITTny34p6QWDPE'
    'B984TGHLWB7qHX0YIQZdGTNyTsEz93msfucWRdQUK5MS4ct7ukfcCwu95DoCgnFaYLLDux+DWpjKiGhtJRcV047T'
    '1jSE4LJ9pLYkpuct5bIvdyVGw2wuEi+4FZcRo7yr82XYwf0FvSFBiL8X7rvz6gaRFN5tlNy7Iu5BlZpZja9VP4ng'
    'F1h2Ady3PjMaG/w20/1fA21lqctpaxNZWKhjakbVb27cihDSh+yAKnc3alnsBFyVFm6A+iahlDN+zw=='
)

V7_NONCE = 'uluk4a9R25RW'
V7_ASSOCIATED_DATA = 'associatedData'
V7_CIPHERTEXT = 'ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI='
V7_PLAIN = b'message'

V8_NONCE = 'fdasflkja484'
V8_ASSOCIATED_DATA = 'transaction'
V8_PLAIN = (
    '{"mchid":"1900007291","appid":"wx2421b1c4370ec43b","out_trade_no":"1217752501201'
    '407033233368018","transaction_id":"1217752501201407033233368018","trade_type":"J'
    'SAPI","trade_state":"SUCCESS","trade_state_desc":"支付成功","bank_type":"OTHERS","at'
    'tach":"","success_time":"2018-06-08T10:34:56+08:00","payer":{"openid":"oUpF8uMuA'
    'JO_M2pxb1Q9zNjWeS6o"},"amount":{"total":100,"payer_total":100,"currency":"CNY","'
    'payer_currency":"CNY"}}'
).encode()
V8_CIPHERTEXT = (
    'Y/YEfUnbjBvKjySKXZexHPQB7g82rJu0ma+GDqJJTec+I0NAG2JXpFCXeq8gTLcRkRCU90ZRIDRRP3k0Q8C6+HrJ'
    '5eTgbTaEORoE2mN6L4zvytbkDjceOOVX+PcO8zfSqWelbBn/HTARoR/IJ8vaYvibDUWkf9P6DcgO36YXDNde98Ue'
    'Vk5jdilJIvsWcocQDRnfSbdOmoGrYDrGIuaq+H4d277delFR1T00HFNYZvZPuIms2CHx3sOaWHZLStwaZQMkwM7d'
    'Tb2AZMK6kuek1ZhPBVPRl3r/wvKKx59r/dZSePKbSZ9QVvW4aaBMA4XS98rlzg37g5ULu4yU8oCYBGIeaCRgXYBP'
    'osViGRKHb1iX4E+f1TMlQHNVfMkPHUfUyyCLrmyth6ceFG8ZVOYrX6+Srw3a0qrk7AG2pvIfy9WkbaOU+e4vTIho'
    'O4k6LLQDSwsHgmXJV9kxFfLxrjEFktpQWAdJ2dFuMq1y5wPMTC/Svw+8b6V8tqfVBsxifA0josngM+SrMoQylk0u'
    'cQWvxQsPbjPH4RfLLytfnph5UBo4QtXds8tskhaoaXq4yozvF3FAWAJZrbT0/YHKUaSZ'
)
