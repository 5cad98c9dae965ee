from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import SQL

from ..models.wx_payment_notification_text import mask
from .common import OPENID, RefundCommon

SEES_LEDGER = ('auditor', 'finance', 'system')


@tagged('post_install', '-at_install')
class TestOrderThread(RefundCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.wx_user.phone = '+8613800138000'
        contact = cls.env['res.partner'].create({'name': 'Buyer', 'phone': '+86 139 0013 9000'})
        cls.wx_user.partner_id = contact

    def _search(self, number):
        return self.env['wx.payment.order'].search([('number', 'ilike', number)])

    def test_every_number_finds_the_order(self):
        order, attempt = self._create_paid()
        refund = self._request(order, 40)
        self._run_jobs(refund)
        self._create_pending()
        numbers = (
            order.name,
            f'  {order.name} ',
            attempt.out_trade_no,
            attempt.transaction_id,
            refund.out_refund_no,
            refund.refund_id,
        )
        for number in numbers:
            with self.subTest(number=number):
                self.assertTrue(number)
                self.assertEqual(self._search(number), order)

    def test_the_customer_s_phone_finds_the_orders(self):
        order = self._create_order()
        for phone in ('+8613800138000', '13800138000', '8613900139000', '13900139000'):
            with self.subTest(phone=phone):
                self.assertEqual(self._search(phone), order)
        self.assertFalse(self._search('1380013800'))

    def test_nothing_finds_nothing(self):
        self._create_order()
        for number in ('0', 'nobody', "' OR 1=1 --", '%'):
            with self.subTest(number=number):
                self.assertFalse(self._search(number))

    def test_a_search_stays_within_the_own_companies(self):
        order, attempt = self._create_paid()
        company = self.env['res.company'].create({'name': 'Other company'})
        user = self._create_staff(
            'thread_elsewhere', 'finance', company_id=company.id, company_ids=[(6, 0, company.ids)]
        )
        orders = self.env['wx.payment.order'].with_user(user)
        self.assertFalse(orders.search([('number', 'ilike', attempt.out_trade_no)]))
        self.assertTrue(order)

    def test_every_branch_of_the_search_reads_an_index(self):
        indexes = dict(
            self.env.execute_query(
                SQL("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'")
            )
        )
        for table, column in (
            ('wx_payment_order', 'name'),
            ('wx_payment_order', 'wx_user_id'),
            ('wx_payment_attempt', 'out_trade_no'),
            ('wx_payment_attempt', 'transaction_id'),
            ('wx_payment_refund', 'out_refund_no'),
            ('wx_payment_refund', 'refund_id'),
            ('wx_user', 'phone'),
            ('wx_user', 'partner_id'),
            ('res_partner', 'phone_sanitized'),
        ):
            with self.subTest(table=table, column=column):
                start = f'ON public.{table} USING btree ({column}'
                self.assertTrue(any(start in text for text in indexes.values()))

    # === THE PAGE === #

    def test_the_ledger_of_an_order_has_all_of_its_movements(self):
        order, attempt = self._create_paid()
        refund = self._request(order, 40)
        self._run_jobs(refund)
        self._finish(refund)
        keys = [transfer.posting_id.key for transfer in order.transfer_ids]
        self.assertEqual(
            keys,
            [
                f'payment:{attempt.out_trade_no}',
                f'refund:{refund.out_refund_no}:open',
                f'refund:{refund.out_refund_no}:done',
            ],
        )

    def test_every_role_opens_the_page(self):
        order, _attempt = self._create_paid()
        self._run_jobs(self._request(order, 40))
        for name, user in self._create_all_staff('thread').items():
            with self.subTest(role=name):
                form = Form(order.with_user(user))
                self.assertEqual(len(form.attempt_ids), 1)
                self.assertEqual(len(form.leg_ids), 1)
                self.assertEqual('transfer_ids' in form._view['fields'], name in SEES_LEDGER)

    def test_the_ledger_is_for_who_may_see_it(self):
        order, _attempt = self._create_paid()
        support = self._create_staff('thread_support', 'support')
        with self.assertRaises(AccessError):
            order.with_user(support).read(['transfer_ids'])

    def test_notices_are_masked_for_who_may_not_see_them_raw(self):
        order, _attempt = self._create_paid()
        notice = order.notification_ids
        staff = {name: self._create_staff(f'raw_{name}', name) for name in ('finance', 'support')}
        self.assertEqual(notice.with_user(staff['finance']).text, notice.body)
        masked = notice.with_user(staff['support']).text
        self.assertIn('ciphertext', masked)
        self.assertNotIn(notice.event_id, masked)
        self.assertNotEqual(masked, notice.body)


@tagged('post_install', '-at_install')
class TestMask(RefundCommon):
    def test_json(self):
        text = '{"id":"EV-20261121", "resource": {"ciphertext": "c2VjcmV0+/=", "n": "ab"}}'
        self.assertEqual(
            mask(text), '{"id":"EV***21", "resource": {"ciphertext": "c2***/=", "n": "***"}}'
        )

    def test_xml(self):
        text = f'<xml>\n<openid><![CDATA[{OPENID}]]></openid>\n<total_fee>100</total_fee></xml>'
        self.assertEqual(
            mask(text),
            '<xml>\n<openid><![CDATA[oT***01]]></openid>\n<total_fee>***</total_fee></xml>',
        )

    def test_form(self):
        self.assertEqual(
            mask('buyer_id=2088102116773037&total_amount=1.00&sign=a%2Bb%3D%3D&x='),
            'buyer_id=20***37&total_amount=***&sign=a%***3D&x=',
        )

    def test_empty(self):
        self.assertEqual(mask(''), '')
