"""Published vectors. Source: spec/wechat_pay_v2.md §7."""

# The documentation's key and the five fields that it signs.
API_KEY = '192006250b4c09247ec02edce69f6a2d'
SIGNED_FIELDS = {
    'appid': 'wxd930ea5d5a258f4f',
    'mch_id': '10000100',
    'device_info': '1000',
    'body': 'test',
    'nonce_str': 'ibuaiVcKdpRxkhJA',
}
SIGNED_MD5 = '9A0A8659F005D6984697E2CA0A9CF3B7'
SIGNED_HMAC = '6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6'

# wechatpy's own, with the same key.
OTHER_FIELDS = {'test1': 'test1', 'test2': 'test2'}
OTHER_MD5 = '1E3A8D73B5A4AEE787C0F68B5DAB8520'
OTHER_HMAC = 'EDAC6D70D2FDF5A2382F8204FC96A1918017E46ACC5297F565ED1A7610ACF659'

# AES-256-ECB of wechatpay-php.
AES_KEY = b'0123456789abcdef0123456789abcdef'
AES_PLAIN = b'hello'
AES_SEALED = 'pZwJZBLuy3mDACEQT4YTBw=='

# The refund notice of wechatpy.
REFUND_API_KEY = 'OF4Ne3znh8KqL0V4NqmALQa0uXMYKcEk'
REFUND_AES_KEY = b'63dfc0c1f53d9bc83a8fdc365b8141da'
REFUND_FIELDS = {
    'out_refund_no': '1234',
    'out_trade_no': '2020010418301551404339261814',
    'refund_account': 'REFUND_SOURCE_RECHARGE_FUNDS',
    'refund_fee': '1',
    'refund_id': '50300103182020010413419046597',
    'refund_recv_accout': '招商银行信用卡8915',
    'refund_request_source': 'API',
    'refund_status': 'SUCCESS',
    'settlement_refund_fee': '1',
    'settlement_total_fee': '1',
    'success_time': '2020-01-04 18:34:24',
    'total_fee': '1',
    'transaction_id': '4200000483202001042069747825',
}
REFUND_REQ_INFO = (
    '51A27s9LxbaEv52nBOrqa0FCs3HVIM31Wc3BpNqSCP5MQlS8HL1Vl7mZ21043B7PZy7adtOZGtZv44lGl0U8JXlV'
    'FL4Ltxsw6+pACjZBB0Qi1LUDjFlP2IyTxYX4eC57kxnCphDdIyRkU67kOWW/HN/efggTUlaPJkoL5kVe9Y1MZF55'
    'IHR4lwGI7WtVLtxATX1tkAVZF+/ri0WlPXo9+GkqeB2/id6Ozw09Tqp8C/TKbmKBpRhTCRU2TzfQoLa6fjbgETFH'
    'J795aEMyUZPQYbbsz6U9Rj9lUzEh8+Oc8KYTXa9zVk+nnFr82+yjffb3d36ylTe0y/VmYf90rf9cbiJQdM00zZ8Q'
    'a99SlMTs2wjOO4Mi4Btlg1PebsLF8TkqbSZkRJDGs61UunUB8Km1b/VeBxXuv4D3H7DiVZ9Fj7lq2j07zFDpxxlh'
    'hen7kZvMWWO3lrfFpA9c4eFOqfF9SxcU9nBmHfDD1g/dsrMl6+a71xQHJ/gn80fZOefUBv92ggqutsuJ4gd4Oqkm'
    'O0XUs8e4XQyLpra+LvpmahsU5lBIZuQcMq3FHrqe8hXTfp3+3qym2wGfvPI75jx41VZwmBQy9izB1Id+A5lUeXC5'
    'QJy+ryDu/dWkhB+aMjkElaI/Epmcc/IEPaI73W6Hc58hNednOM536rPnn+GDc98PdGszpLTjmaZSu8dtqwPaym66'
    'yRqFQowzFoBbooik57iHUFBCeWya7XcXYL9WKhRF3uIZM+Kfv9/Zs2pF+w9/EJpltuzPpT1GP2VTMSHz45zwphFl'
    'S2lX8wHyZ+k9n2dptzQqpOCPedt5iQAmAe1oNQMxNdPDH9g68x9UzWD1kfK/dPO+3NPAh0XG+io4x15fIknNf7JL'
    'jpAuWicMMzCdwC4hhqeYOzQ+pC9f2xJXi5YViNKIZY69oO8eoHYRitLZrHLgx3oB2zimmqX6BI+DMklKAzAqqgGm'
    'bFxcVTvxZB6cMCx+H7TTWXnjAG+6A3SrCcxg0l5+UB93pkAYR7SVJ+VaZoiBqlqnZvb7IM17n9XaaFntlzvbbFCI'
    'a7OnOQb5Lvw='
)
