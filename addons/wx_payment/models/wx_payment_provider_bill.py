from types import MappingProxyType

from odoo import models

from ..lib.paywire.alipay import bills as alipay_bills
from ..lib.paywire.bills import FUND, TRADE, split_lines
from ..lib.paywire.wxpay_v3.bills import read_fund_bill, read_trade_bill


class WxPaymentProvider(models.AbstractModel):
    _inherit = 'wx.payment.provider'

    # Kind of bill → function that reads its lines; a provider without bills has none.
    _bill_readers = MappingProxyType({})
    _bill_encoding = 'utf-8'

    def _fetch_bill(self, channel, kind, day, write):
        """Let a day's bill run into `write`; nothing written may be uncommitted.

        :param str kind: of `const_bill.BILL_KINDS`
        :param date day: a past day in Beijing
        :param write: takes bytes; what it got before an error counts for nothing
        :raise NotFound: nothing happened on that day
        :raise Unfinished: the bill is still being made
        :raise WireError: see `lib/paywire/errors.py`
        """
        self._client(channel).fetch_bill(kind, day, write)

    def _read_bill(self, kind, chunks):
        """Yield the lines of a bill, `BillLine` or `FundLine`.

        :param chunks: iterable of bytes, as they were written
        :raise MalformedLine: not as documented; then nothing that was read counts
        """
        return self._bill_readers[kind](split_lines(chunks, encoding=self._bill_encoding))


class WxPaymentProviderWxpayV3(models.AbstractModel):
    _inherit = 'wx.payment.provider.wxpay_v3'

    _bill_readers = MappingProxyType({TRADE: read_trade_bill, FUND: read_fund_bill})


class WxPaymentProviderWxpayV2(models.AbstractModel):
    _inherit = 'wx.payment.provider.wxpay_v2'

    # The flow of funds is a matter of v3.
    _bill_readers = MappingProxyType({TRADE: read_trade_bill})


class WxPaymentProviderAlipay(models.AbstractModel):
    _inherit = 'wx.payment.provider.alipay'

    _bill_readers = MappingProxyType(
        {TRADE: alipay_bills.read_trade_bill, FUND: alipay_bills.read_fund_bill}
    )
    _bill_encoding = alipay_bills.ENCODING
