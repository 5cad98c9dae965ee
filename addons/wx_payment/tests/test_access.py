from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.tests.common import ROLES as STAFF

from .common import WAY, PaymentCommon, channel_values

# model → roles that may read, write, create, unlink
RIGHTS = {
    'wx.payment.channel': (STAFF, ('finance', 'system'), ('finance', 'system'), ('system',)),
    'wx.payment.certificate': (
        ('auditor', 'finance', 'system'),
        ('finance', 'system'),
        ('finance', 'system'),
        ('finance', 'system'),
    ),
    'wx.payment.order': ((*STAFF, 'api'), (), (), ()),
    'wx.payment.leg': (STAFF, (), (), ()),
    'wx.payment.attempt': (STAFF, (), (), ()),
    'wx.payment.refund': (STAFF, (), (), ()),
    'wx.payment.notification': (STAFF, (), (), ()),
    'wx.payment.refusal': (STAFF, (), (), ()),
    'wx.payment.evidence.wizard': (
        ('support', 'finance', 'system'),
        ('support', 'finance', 'system'),
        ('support', 'finance', 'system'),
        (),
    ),
    'wx.payment.scene': (STAFF, (), (), ()),
    'wx.payment.channel.call': (('auditor', 'finance', 'system'), (), (), ()),
    'wx.payment.trouble': (STAFF, (), (), ()),
    'wx.payment.suspense.wizard': (*[('finance', 'system')] * 3, ()),
    'wx.payment.refund.settle': (*[('finance', 'system')] * 3, ()),
    'wx.payment.refund.card': (*[('finance', 'system')] * 3, ()),
    **dict.fromkeys(
        (
            'wx.payment.bill',
            'wx.payment.bill.line',
            'wx.payment.bill.movement',
            'wx.payment.difference',
        ),
        (('auditor', 'finance', 'system'), (), (), ()),
    ),
    'wx.payment.bill.run': (
        ('auditor', 'finance', 'system'),
        *[('finance', 'system')] * 2,
        (),
    ),
    'wx.payment.difference.settle': (*[('finance', 'system')] * 3, ()),
    'wx.payment.charge.wizard': (
        ('operator', 'finance', 'system'),
        ('operator', 'finance', 'system'),
        ('operator', 'finance', 'system'),
        (),
    ),
    'wx.payment.refund.wizard': (
        ('finance', 'system'),
        ('finance', 'system'),
        ('finance', 'system'),
        (),
    ),
}


@tagged('post_install', '-at_install')
class TestAccess(PaymentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.staff = cls._create_all_staff('pay')
        cls.users = {
            **cls.staff,
            'api': cls.env.ref('wx_base.user_api'),
            'nobody': new_test_user(cls.env, 'pay_nobody', groups='base.group_user'),
        }

    def test_every_access_line(self):
        operations = ('read', 'write', 'create', 'unlink')
        for model, allowed in RIGHTS.items():
            for operation, groups in zip(operations, allowed, strict=True):
                for name, user in self.users.items():
                    with self.subTest(model=model, operation=operation, role=name):
                        self.assertEqual(
                            self.env[model].with_user(user).has_access(operation), name in groups
                        )

    def test_every_model_is_in_the_table(self):
        models = {name for name in self.env.registry if name.startswith('wx.payment.')}
        concrete = {name for name in models if not self.env[name]._abstract}
        self.assertEqual(concrete, set(RIGHTS))

    # === CUSTOMERS === #

    def _as_customer(self, wx_user):
        return (
            self.env['wx.payment.order']
            .with_user(self.users['api'])
            .with_context(wx_user_id=wx_user.id)
        )

    def test_customers_see_their_own_orders_only(self):
        order = self._create_order()
        other = self.env['wx.user'].create({'app_id': self.app.id, 'openid': 'oOther0001'})
        self.assertEqual(self._as_customer(self.wx_user).search([]), order)
        self.assertFalse(self._as_customer(other).search([]))
        with self.assertRaises(AccessError):
            self._as_customer(other).browse(order.id).read(['name'])
        with self.assertRaises(AccessError):
            self._as_customer(self.wx_user).browse(order.id).write({'state': 'paid'})

    def test_customer_pays_and_cancels_through_the_methods(self):
        order = self._create_order()
        mine = self._as_customer(self.wx_user).browse(order.id)
        self.assertTrue(mine._pay(WAY)['invoke'])
        mine._cancel('customer')
        self.assertEqual(order.state, 'closed')

    # === COMPANIES === #

    def test_staff_of_another_company_see_nothing(self):
        order, _attempt = self._create_paid()
        order._request_refund(10, 'x')
        company = self.env['res.company'].create({'name': 'Other company'})
        user = self._create_staff(
            'pay_elsewhere',
            'finance',
            'auditor',
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        for model in (
            'wx.payment.channel',
            'wx.payment.order',
            'wx.payment.attempt',
            'wx.payment.refund',
            'wx.payment.notification',
        ):
            self.assertTrue(self.env[model].search_count([]))
            self.assertFalse(self.env[model].with_user(user).search_count([]), model)

    # === SECRETS AND RAW TEXTS === #

    def test_only_the_system_group_knows_of_secrets(self):
        for name in STAFF:
            channel = self.channel.with_user(self.users[name])
            for secret in ('private_key', 'apiv3_key'):
                with self.subTest(role=name, field=secret):
                    if name == 'system':
                        self.assertNotIn('KEY', channel.read([secret])[0][secret])
                    else:
                        with self.assertRaises(AccessError):
                            channel.read([secret])

    def test_raw_notices_are_for_finance_and_auditors(self):
        _order, attempt = self._create_pending()
        notice = self._deliver(self.wechat.pay(attempt.out_trade_no))
        for name in STAFF:
            with self.subTest(role=name):
                record = notice.with_user(self.users[name])
                if name in ('auditor', 'finance', 'system'):
                    self.assertTrue(record.read(['body'])[0]['body'])
                else:
                    self.assertTrue(record.read(['state']))
                    with self.assertRaises(AccessError):
                        record.read(['body'])

    # === BUTTONS === #

    def test_support_and_finance_cancel(self):
        self._assert_allowed(
            self.staff,
            ('support', 'finance', 'system'),
            lambda user: self._create_order().with_user(user).action_cancel(),
        )

    def test_support_and_finance_have_the_provider_queried(self):
        order, _attempt = self._create_pending()
        self._assert_allowed(
            self.staff,
            ('support', 'finance', 'system'),
            lambda user: order.with_user(user).action_query(),
        )

    def test_finance_refunds(self):
        def refund_by_dialogue(user):
            order, _attempt = self._create_paid()
            wizard = (
                self.env['wx.payment.refund.wizard']
                .with_user(user)
                .create({'order_id': order.id, 'reason': 'x', 'amount': 0.5})
            )
            wizard.action_refund()
            self.assertEqual(order.refund_ids.amount_fen, 50)

        def refund(user):
            order, _attempt = self._create_paid()
            self.assertIs(order.with_user(user).action_refund(50, 'x'), True)
            self.assertEqual(order.refund_ids.amount_fen, 50)

        for road in (refund_by_dialogue, refund):
            self._assert_allowed(self.staff, ('finance', 'system'), road)

    def test_finance_has_refunds_and_notices_tried_again(self):
        order, _attempt = self._create_paid()
        refund = order._request_refund(10, 'x')
        notice = self.env['wx.payment.notification'].search([], limit=1)
        for record in (refund, notice):
            self._assert_allowed(
                self.staff,
                ('finance', 'system'),
                lambda user, record=record: record.with_user(user).action_job_retry(),
            )

    def test_finance_tests_the_connection(self):
        self._assert_allowed(
            self.staff,
            ('finance', 'system'),
            lambda user: self.channel.with_user(user).action_test_connection(),
        )

    def test_finance_keeps_channels_but_deletes_none(self):
        user = self.users['finance']
        self.channel.with_user(user).name = 'Renamed'
        self.assertEqual(self.channel.name, 'Renamed')
        values = channel_values(self.app, slug='another-channel')
        for secret in ('private_key', 'apiv3_key'):
            values.pop(secret)
        channel = self.env['wx.payment.channel'].with_user(user).create(values)
        with self.assertRaises(AccessError):
            channel.unlink()

    def test_a_refund_by_rpc_needs_a_whole_amount_and_a_reason(self):
        order, _attempt = self._create_paid()
        mine = order.with_user(self.users['finance'])
        for amount, reason in ((0.5, 'x'), ('50', 'x'), (True, 'x'), (50, ' '), (50, None)):
            with self.subTest(amount=amount, reason=reason), self.assertRaises(UserError):
                mine.action_refund(amount, reason)
        self.assertFalse(order.refund_ids)

    def test_what_settles_nothing_opens_no_chatter(self):
        order = self._create_order()
        viewer = self._create_clerk('pay_viewer', 'payment.order.view')
        with self.assertRaises(AccessError):
            order.with_user(viewer).message_post(body='Hello')

    def test_staff_cannot_call_the_engine_by_rpc(self):
        order = self._create_order().with_user(self.users['finance'])
        for values in ({'state': 'paid'}, {'paid_fen': 100}, {'next_try_at': False}):
            with self.assertRaises(AccessError):
                order.write(values)

    def test_support_and_finance_write_notes_though_nobody_writes_orders(self):
        order = self._create_order()
        self._assert_allowed(
            self.staff,
            ('support', 'finance', 'system'),
            lambda user: order.with_user(user).message_post(body='Called the customer'),
        )

    @mute_logger('odoo.addons.wx_payment.models.wx_payment_state_mixin')
    def test_finance_finishes_its_to_do(self):
        order = self._create_order()
        order._raise_todo('Look')
        user = self.users['finance']
        mine = order.activity_ids.filtered(lambda todo: todo.user_id == user)
        mine.with_user(user).action_feedback(feedback='Done')
        self.assertNotIn(user, order.activity_ids.user_id)

    @mute_logger('odoo.addons.wx_payment.models.wx_payment_state_mixin')
    def test_to_do_goes_to_each_person_who_refunds_once(self):
        order = self._create_order()
        order._raise_todo('Look')
        order._raise_todo('Look')
        told = order.activity_ids.user_id
        self.assertEqual(
            {name for name, user in self.users.items() if user in told}, {'finance', 'system'}
        )
        self.assertEqual(len(order.activity_ids), len(told))
