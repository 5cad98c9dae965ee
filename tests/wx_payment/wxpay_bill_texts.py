"""Bills as WeChat Pay writes them. Source: spec/wechat_pay_v3.md §12.

The two published rows come from a fixture of the official PHP SDK.
"""

BOM = '\ufeff'

TRADE_HEADER = (
    '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,'
    '付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,'
    '退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注'
)
TRADE_TOTALS_HEADER = (
    '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额'
)
FUND_HEADER = (
    '记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),'
    '资金变更提交申请人,备注,业务凭证号'
)
FUND_TOTALS_HEADER = '资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额'

PAYMENT_ROW = (
    '`2019-02-19 01:52:32,`wxab8acd895ab1638a,`1921000401,`0,`,`4200000263201902167700134902,'
    '`autotest_20190219015232_89201,`wxab8acb865bb1637e,`NATIVE,`SUCCESS,`OTHERS,`CNY,`0.03,'
    '`0.00,`0,`0,`0.00,`0.00,`,`,`autotest,`,`0.01000,`39.00%,`0.03,`0.00,`'
)
REFUND_ROW = (
    '`2019-02-19 05:01:46,`wxab8acd895ab1638a,`1921000401,`0,`harryma007,'
    '`4200000263201902167700134212,`autotest_20190216081946_82335,'
    '`oHkLxtx0vUqe-18p_AXTZ1innxkCY,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,'
    '`50000709672019011908420787722,`REF4200000263201902167700963919,`0.01,`0.00,`ORIGINAL,'
    '`SUCCESS,`系统拨测,`,`0.00000,`39.00%,`0.00,`0.01,`'
)
# The two rows together.
TOTALS_ROW = '`2.0,`0.03,`0.01,`0.0,`0.01,`0.03,`0.01'

_FUND_PAYMENT = '4200000263201902167700134902'
FUND_ROWS = (
    f'`2019-02-19 01:52:33,`{_FUND_PAYMENT},`1000001,`交易,`交易,`收入,`0.03,`100.03,`s,`,`A_89201',
    f'`2019-02-19 01:52:33,`{_FUND_PAYMENT},`1000002,`扣除交易手续费,`,`支出,`0.01,`100.02,`s,`,`',
    '`2019-02-19 05:01:46,`5000070967201,`1000003,`退款,`退款,`支出,`0.01,`100.01,`API,`,`REF42000',
    '`2019-02-19 09:00:00,`0,`1000004,`提现,`提现,`支出,`100.00,`0.01,`admin,`,`',
)
FUND_TOTALS_ROW = '`4.0,`1.0,`0.03,`3.0,`100.02'


def trade_lines(*rows, totals=TOTALS_ROW, header=TRADE_HEADER):
    return [header, *(rows or (PAYMENT_ROW, REFUND_ROW)), TRADE_TOTALS_HEADER, totals]


def fund_lines(*rows, totals=FUND_TOTALS_ROW):
    return [FUND_HEADER, *(rows or FUND_ROWS), FUND_TOTALS_HEADER, totals]


def as_file(lines):
    """Return the bytes of the file: byte order mark and CRLF."""
    return (BOM + ''.join(f'{line}\r\n' for line in lines)).encode()


def replaced(row, header, **values):
    """Return the row with other values in the named columns."""
    cells = row[1:].split(',`')
    for name, value in values.items():
        cells[header.split(',').index(name)] = value
    return '`' + ',`'.join(cells)
