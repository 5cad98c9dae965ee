"""Bills as WeChat Pay writes them, for the tests; source: spec/wechat_pay_v3.md §12."""

from decimal import Decimal

from .wechat_pay_keys import MCHID

TRADE_COLUMNS = (
    '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,'
    '付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,'
    '退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注'
)
TRADE_TOTALS = (
    '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额'
)
FUND_COLUMNS = (
    '记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),'
    '资金变更提交申请人,备注,业务凭证号'
)
FUND_TOTALS = '资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额'


def yuan(fen):
    """Return fen as a bill writes them."""
    return f'{Decimal(fen) / 100:.2f}'


def row(*values):
    return ','.join(f'`{value}' for value in values)


class TradeBill:
    """A trade bill that grows line by line."""

    def __init__(self):
        self.rows = []
        self.paid = self.refunded = self.fees = 0

    def payment(self, number, transaction_id, fen, *, fee=0, time='2026-01-02 10:34:56'):
        """Add a payment."""
        self.paid += fen
        self.fees += fee
        head = (time, 'wxfeedfacecafe0001', MCHID, '0', '', transaction_id, number, 'oOpenid')
        self.rows.append(
            row(
                *(*head, 'JSAPI', 'SUCCESS', 'OTHERS', 'CNY', yuan(fen), '0.00', '0', '0'),
                *('0.00', '0.00', '', '', 'Top-up', '', f'{yuan(fee)}000', '0.60%', yuan(fen)),
                *('0.00', ''),
            )
        )
        return self

    def refund(
        self, number, transaction_id, refund_no, refund_id, fen, *, fee=0, state='REFUND',
        status='SUCCESS', time='2026-01-02 11:00:00',
    ):  # fmt: skip
        """Add a refund; a state of REVOKED makes it a code payment that was taken back."""
        self.refunded += fen
        self.fees += fee
        head = (time, 'wxfeedfacecafe0001', MCHID, '0', '', transaction_id, number, 'oOpenid')
        self.rows.append(
            row(
                *(*head, 'JSAPI', state, 'OTHERS', 'CNY', '0.00', '0.00', refund_id, refund_no),
                *(yuan(fen), '0.00', 'ORIGINAL', status, 'Top-up', '', f'{yuan(fee)}000'),
                *('0.60%', '0.00', yuan(fen), ''),
            )
        )
        return self

    def text(self):
        """Return the whole file."""
        totals = row(
            *(f'{len(self.rows)}.0', yuan(self.paid), yuan(self.refunded), '0.0'),
            *(yuan(self.fees), yuan(self.paid), yuan(self.refunded)),
        )
        lines = (TRADE_COLUMNS, *self.rows, TRADE_TOTALS, totals, '')
        return '\ufeff'.encode() + '\r\n'.join(lines).encode()


class FundBill:
    """A fund-flow bill that grows line by line."""

    def __init__(self):
        self.rows = []
        self.sums = {'收入': [], '支出': []}

    def add(self, business, direction, number, fen, *, voucher='', time='2026-01-02 10:34:57'):
        """Add a movement; `direction` is 收入 or 支出."""
        self.sums[direction].append(fen)
        balance = sum(self.sums['收入']) - sum(self.sums['支出'])
        serial = f'1900009231{len(self.rows):010d}'
        self.rows.append(
            row(
                *(time, number, serial, business, business, direction, yuan(fen)),
                *(yuan(balance), 'system', '', voucher),
            )
        )
        return self

    def payment(self, number, fen):
        return self.add('交易', '收入', number, fen)

    def refund(self, number, fen):
        return self.add('退款', '支出', number, fen)

    def fee(self, number, fen):
        return self.add('扣除交易手续费', '支出', number, fen)

    def text(self):
        """Return the whole file."""
        came, went = self.sums['收入'], self.sums['支出']
        totals = row(len(self.rows), len(came), yuan(sum(came)), len(went), yuan(sum(went)))
        lines = (FUND_COLUMNS, *self.rows, FUND_TOTALS, totals, '')
        return '\ufeff'.encode() + '\r\n'.join(lines).encode()
