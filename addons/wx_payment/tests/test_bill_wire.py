import gzip
import hashlib
from urllib.parse import parse_qs, urlsplit

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.tools import http as wx_http

from .bill_common import DAY, QUIET
from .bill_text import FundBill, TradeBill
from .common import PaymentCommon
from .fake_reply import FakeReply
from .fake_wechat_pay import FakeWeChatPay

HOST = 'https://api.mch.weixin.qq.com'


class BillingWeChatPay(FakeWeChatPay):
    """A small WeChat Pay that has bills: (kind, date) → text or `(status, code)`."""

    def __init__(self):
        super().__init__()
        self.bills = {}
        self.packed = False
        self.spoil = False

    def _route(self, method, parts):
        kinds = {'/v3/bill/tradebill': 'trade', '/v3/bill/fundflowbill': 'fund'}
        if parts.path not in kinds:
            return super()._route(method, parts)
        return 'bill', (kinds[parts.path], parse_qs(parts.query)['bill_date'][0])

    def _do_bill(self, key, _payload):
        bill = self.bills.get(key, (400, 'NO_STATEMENT_EXIST'))
        if isinstance(bill, tuple):
            return self._error(*bill)
        return self._ok(
            {
                'hash_type': 'SHA1',
                'hash_value': hashlib.sha1(bill).hexdigest(),
                'download_url': f'{HOST}/v3/billdownload/file?token={"-".join(key)}',
            }
        )

    def stream(self, method, url, *, headers, timeout, write, body=b''):
        """Stand in for `wx_base.tools.http.stream`; the answer is not signed."""
        parts = urlsplit(url)
        self._check_authorization(method, f'{parts.path}?{parts.query}', headers, body)
        kind, day = parse_qs(parts.query)['token'][0].split('-', 1)
        text = self.bills[kind, day]
        if self.spoil:
            text = text.replace(b'SUCCESS', b'FAILURE')
        content = gzip.compress(text) if self.packed else text
        for start in range(0, len(content), 333):
            write(content[start : start + 333])
        return FakeReply(200)


@tagged('post_install', '-at_install')
class TestBillWire(PaymentCommon):
    """The bill's whole way, from the provider's signed answer to the lines."""

    def setUp(self):
        super().setUp()
        self.wechat = BillingWeChatPay()
        self.patch(wx_http, 'send', self.wechat)
        self.patch(wx_http, 'stream', self.wechat.stream)
        self.enterContext(mute_logger(*QUIET))
        self.bill, self.fund = (
            self.env['wx.payment.bill']._plan(self.channel, DAY, DAY).sorted('kind', reverse=True)
        )

    def _put(self, text, kind='trade'):
        self.wechat.bills[kind, str(DAY)] = text

    def test_bill_packed_or_not_is_checked_stored_and_read(self):
        text = TradeBill().payment('x-1', '42000001', 100).text()
        for packed in (False, True):
            self.wechat.packed = packed
            self._put(text)
            self.bill._run_again(refetch=True)
            self.bill.write({'state': 'queued', 'attachment_id': False, 'checksum': False})
            for _step in range(3):
                self._run_jobs(self.bill)
            with self.subTest(packed=packed):
                self.assertEqual(gzip.decompress(self.bill.attachment_id.raw), text)
                self.assertRecordValues(self.bill, [{'state': 'matched', 'line_count': 1}])

    def test_fund_flow_comes_by_its_own_address(self):
        self._put(TradeBill().payment('x-1', '42000001', 100).text())
        self._put(FundBill().payment('42000001', 100).text(), 'fund')
        for bill in (self.bill, self.fund):
            for _step in range(3):
                self._run_jobs(bill)
        self.assertRecordValues(self.fund, [{'state': 'matched', 'in_fen': 100, 'line_count': 1}])
        self.assertFalse(self.fund.difference_ids)

    def test_altered_bill_is_dropped(self):
        self._put(TradeBill().payment('x-1', '42000001', 100).text())
        self.wechat.spoil = True
        self._run_jobs(self.bill)
        self.assertRecordValues(self.bill, [{'state': 'queued', 'attachment_id': False}])
        self.assertIn('BAD_SUM', self.bill.last_error)
        self.wechat.spoil = False
        for _step in range(3):
            self._run_jobs(self.bill)
        self.assertEqual(self.bill.state, 'matched')

    def test_no_bill_and_a_bill_in_the_making(self):
        self._run_jobs(self.bill)
        self.assertEqual(self.bill.state, 'none')
        self._put((400, 'STATEMENT_CREATING'))
        self.bill._run_again()
        self._run_jobs(self.bill)
        self.assertRecordValues(self.bill, [{'state': 'queued', 'dead': False}])
        self.assertIn('STATEMENT_CREATING', self.bill.last_error)
        self._put((403, 'NO_AUTH'))
        self._run_jobs(self.bill)
        self.assertTrue(self.bill.dead)
