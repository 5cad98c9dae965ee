from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import WxCase

MODELS = ('wx.app', 'wx.user', 'wx.message.template', 'wx.message')
# group → models it may change, as (model, operations)
ALLOWED = {
    'auditor': {},
    'support': {'wx.user': ('write',), 'wx.message': ('write',)},
    'operator': {
        'wx.message.template': ('write', 'create', 'unlink'),
        'wx.message': ('write',),
    },
    'finance': {},
    'system': {
        'wx.app': ('write', 'create', 'unlink'),
        'wx.user': ('write',),
        'wx.message.template': ('write', 'create', 'unlink'),
        'wx.message': ('write',),
    },
}
UNREADABLE = {'finance': ('wx.message.template', 'wx.message')}


@tagged('post_install', '-at_install')
class TestAccess(WxCase):
    def test_each_group_may_do_exactly_what_the_table_says(self):
        for name, allowed in ALLOWED.items():
            user = new_test_user(self.env, f'access_{name}', f'rbac_ext.group_{name}')
            for model in MODELS:
                records = self.env[model].with_user(user)
                readable = model not in UNREADABLE.get(name, ())
                with self.subTest(group=name, model=model):
                    self.assertEqual(records.has_access('read'), readable)
                    for operation in ('write', 'create', 'unlink'):
                        self.assertEqual(
                            records.has_access(operation),
                            operation in allowed.get(model, ()),
                            operation,
                        )

    def test_nobody_reads_access_tokens_and_idempotency_keys(self):
        for group in (*ALLOWED, None):
            groups = f'rbac_ext.group_{group}' if group else 'base.group_user'
            user = new_test_user(self.env, f'nobody_{group}', groups)
            for model in ('wx.access.token', 'wx.idempotency.key'):
                self.assertFalse(self.env[model].with_user(user).has_access('read'))

    def test_a_customer_sees_only_himself(self):
        users = self._as_customer(self.user_a)['wx.user']
        self.assertEqual(users.search([]).ids, self.user_a.ids)
        self.assertEqual(users.browse(self.user_a.id).openid, 'openid-of-user-a')
        with self.assertRaises(AccessError):
            users.browse(self.user_b.id).read(['nickname'])

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
        finance = new_test_user(self.env, 'spoofer', 'rbac_ext.group_finance')
        records = self.env['wx.message'].with_user(finance).with_context(wx_user_id=1)
        self.assertFalse(records.has_access('read'))

    def test_another_companys_records_are_not_seen(self):
        other = self.env['res.company'].create({'name': 'Other'})
        auditor = new_test_user(
            self.env,
            'auditor_of_other',
            'rbac_ext.group_auditor',
            company_id=other.id,
            company_ids=other.ids,
        )
        self.assertFalse(self.env['wx.user'].with_user(auditor).search([]))
        self.assertFalse(self.env['wx.app'].with_user(auditor).search([]))
