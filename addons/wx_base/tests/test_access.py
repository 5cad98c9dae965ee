from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import WxCase

MODELS = (
    'wx.app',
    'wx.user',
    'wx.message.template',
    'wx.message.template.line',
    'wx.message',
    'wx.message.consent',
    'wx.inbox.message',
)
MESSAGES = MODELS[2:]
# role → models it may change, as (model, operations); nobody writes messages
ALLOWED = {
    'auditor': {},
    'support': {'wx.user': ('write',)},
    'operator': {
        'wx.message.template': ('write', 'create', 'unlink'),
        'wx.message.template.line': ('write', 'create', 'unlink'),
    },
    'finance': {},
    'system': {
        'wx.app': ('write', 'create', 'unlink'),
        'wx.user': ('write',),
        'wx.message.template': ('write', 'create', 'unlink'),
        'wx.message.template.line': ('write', 'create', 'unlink'),
    },
}
UNREADABLE = {'finance': MESSAGES}


@tagged('post_install', '-at_install')
class TestAccess(WxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.staff = cls._create_all_staff('base')

    def test_each_role_may_do_exactly_what_the_table_says(self):
        for name, allowed in ALLOWED.items():
            for model in MODELS:
                records = self.env[model].with_user(self.staff[name])
                readable = model not in UNREADABLE.get(name, ())
                with self.subTest(role=name, model=model):
                    self.assertEqual(records.has_access('read'), readable)
                    for operation in ('write', 'create', 'unlink'):
                        self.assertEqual(
                            records.has_access(operation),
                            operation in allowed.get(model, ()),
                            operation,
                        )

    def test_nobody_reads_access_tokens_and_idempotency_keys(self):
        nobody = new_test_user(self.env, 'nobody', 'base.group_user')
        for user in (*self.staff.values(), nobody):
            for model in ('wx.access.token', 'wx.idempotency.key'):
                with self.subTest(user=user.login, model=model):
                    self.assertFalse(self.env[model].with_user(user).has_access('read'))

    def test_a_customer_sees_only_himself(self):
        users = self._as_customer(self.user_a)['wx.user']
        self.assertEqual(users.search([]).ids, self.user_a.ids)
        self.assertEqual(users.browse(self.user_a.id).openid, 'openid-of-user-a')
        with self.assertRaises(AccessError):
            users.browse(self.user_b.id).read(['nickname'])

    def test_a_customer_sees_only_the_own_inbox(self):
        inbox = self.env['wx.inbox.message']
        mine = inbox._deliver(self.user_a, 'Mine', '')
        theirs = inbox._deliver(self.user_b, 'Theirs', '')
        seen = self._as_customer(self.user_a)['wx.inbox.message']
        self.assertEqual(seen.search([]).ids, mine.ids)
        with self.assertRaises(AccessError):
            seen.browse(theirs.id).read(['title'])
        self.assertFalse(self._as_customer(self.user_a)['wx.message.consent'].has_access('read'))

    def test_without_a_customer_nobody_is_seen(self):
        env = self.env(user=self.env.ref('wx_base.user_api'), su=False, context={})
        self.assertFalse(env['wx.user'].search([]))

    def test_the_rules_cache_knows_customers_apart(self):
        for user in (self.user_a, self.user_b, self.user_a):
            self.assertEqual(self._as_customer(user)['wx.user'].search([]).ids, user.ids)

    def test_rules_that_name_no_customer_are_kept_once_for_all(self):
        rules = self.env['ir.rule']
        self.assertTrue(rules._names_the_customer('wx.user'))
        self.assertFalse(rules._names_the_customer('res.partner'))
        first = self._as_customer(self.user_a)['ir.rule']._compute_domain('res.partner')
        rules_of_b = self._as_customer(self.user_b)['ir.rule']
        with self.assertQueryCount(0):
            second = rules_of_b._compute_domain('res.partner')
        self.assertEqual(first, second)

    def test_customers_write_nothing(self):
        for model in MODELS:
            records = self._as_customer(self.user_a)[model]
            for operation in ('write', 'create', 'unlink'):
                self.assertFalse(records.has_access(operation), (model, operation))

    def test_staff_gain_nothing_from_a_customer_in_their_context(self):
        records = self.env['wx.message'].with_user(self.staff['finance']).with_context(wx_user_id=1)
        self.assertFalse(records.has_access('read'))

    def test_another_companys_records_are_not_seen(self):
        other = self.env['res.company'].create({'name': 'Other'})
        auditor = self._create_staff(
            'auditor_of_other', 'auditor', company_id=other.id, company_ids=other.ids
        )
        self.assertFalse(self.env['wx.user'].with_user(auditor).search([]))
        self.assertFalse(self.env['wx.app'].with_user(auditor).search([]))

    # === ACTS === #

    def test_support_blocks_and_ends_sessions(self):
        for act in ('action_block', 'action_unblock', 'action_end_sessions'):
            self._assert_allowed(
                self.staff,
                ('support', 'system'),
                lambda user, act=act: getattr(self.user_a.with_user(user), act)(),
            )

    def test_blocking_shuts_out_at_once(self):
        version = self.user_a.token_version
        self.user_a.with_user(self.staff['support']).action_block()
        self.assertRecordValues(self.user_a, [{'state': 'blocked', 'token_version': version + 1}])

    def test_support_corrects_a_name_but_not_who_is_let_in(self):
        customer = self.user_a.with_user(self.staff['support'])
        customer.nickname = 'Corrected'
        self.assertEqual(self.user_a.nickname, 'Corrected')
        for name, value in (
            ('state', 'blocked'),
            ('token_version', 9),
            ('openid', 'stolen'),
            ('phone', '+8613800000000'),
            ('app_id', self.app.id),
        ):
            with self.subTest(field=name), self.assertRaises(AccessError):
                customer.write({name: value})
        self.assertRecordValues(self.user_a, [{'state': 'active', 'openid': 'openid-of-user-a'}])

    def test_support_and_operators_have_messages_sent_again(self):
        self.env.cr.execute(
            """INSERT INTO wx_message_template (name, app_id, company_id, code, template_id,
                                                active)
               VALUES ('{"en_US": "T"}', %s, %s, 'test', 'tpl', true) RETURNING id""",
            [self.app.id, self.app.company_id.id],
        )
        message = self.env['wx.message'].create(
            {
                'wx_user_id': self.user_a.id,
                'template_id': self.env.cr.fetchone()[0],
                'texts': '{}',
                'dead': True,
            }
        )

        def retry(user):
            message.write({'dead': True, 'next_try_at': False, 'state': 'failed'})
            message.with_user(user).action_job_retry()
            self.assertRecordValues(message, [{'dead': False, 'state': 'pending'}])
            self.assertTrue(message.next_try_at)

        self._assert_allowed(self.staff, ('support', 'operator', 'system'), retry)

    def test_only_system_tests_apps(self):
        self.outside.on('/cgi-bin/stable_token', {'access_token': 'T', 'expires_in': 7200})

        def test(user):
            notice = self.app.with_user(user).action_test_connection()
            self.assertEqual(notice['params']['type'], 'success')

        self._assert_allowed(self.staff, ('system',), test)

    def test_an_act_reaches_no_rows_that_may_not_be_seen(self):
        blocker = self._create_clerk('blind_blocker', 'wechat.user.block')
        with self.assertRaises(AccessError):
            self.user_a.with_user(blocker).action_block()
        self.assertEqual(self.user_a.state, 'active')

    # === TO-DOS === #

    def test_to_dos_go_to_those_who_may_act_and_read_and_are_of_the_company(self):
        other = self.env['res.company'].create({'name': 'Other'})
        code = 'wechat.message.retry'
        found = self._create_clerk('holder', code, 'wechat.user.view')
        blind = self._create_clerk('blind_holder', code)
        powerless = self._create_clerk('viewer', 'wechat.user.view')
        elsewhere = self._create_clerk(
            'holder_elsewhere', code, 'wechat.user.view', company_id=other.id, company_ids=other.ids
        )
        holders = self.env['rbac.permission']._holders_for(code, self.user_a)
        self.assertEqual(holders & (found + blind + powerless + elsewhere), found)
