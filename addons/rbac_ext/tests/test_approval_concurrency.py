from unittest.mock import patch

from psycopg2.errors import LockNotAvailable

from odoo.exceptions import RedirectWarning, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..permission import requires
from .common import ConcurrencyCase

# A code of its own: its lines in the log stay for ever.
CODE = 'rbac.test.pay_parallel'
CODE_SETTLE = 'rbac.test.settle_parallel'


@requires(CODE)
def rbac_test_pay(self, amount):
    self.ref = str(int(self.ref or 0) + 1)
    return True


@requires(CODE_SETTLE)
def rbac_test_settle(self):
    """Needs no consent itself, and calls an act that does."""
    self.city = 'settled'
    return self.rbac_test_pay(5000)


@requires(CODE_SETTLE)
def rbac_test_settle_new(self):
    return self.create({'name': 'Parallel Payee, new'}).rbac_test_pay(5000)


@tagged('post_install', '-at_install', '-standard', 'rbac_concurrency', 'wx_concurrency')
class TestApprovalConcurrency(ConcurrencyCase):
    def setUp(self):
        super().setUp()
        partners = self.registry['res.partner']
        for method in (rbac_test_pay, rbac_test_settle, rbac_test_settle_new):
            self.startPatcher(patch.object(partners, method.__name__, method, create=True))
        with self.environment() as env:
            permissions = env['rbac.permission'].create(
                [
                    {'code': CODE, 'name': 'Pay', 'approval': 'always'},
                    {'code': CODE_SETTLE, 'name': 'Settle'},
                ]
            )
            groups = env.ref('rbac_ext.group_support') | env.ref('base.group_partner_manager')
            role = env['res.users.role'].create(
                {
                    'name': 'Parallel Payer',
                    'implied_ids': [Command.set((groups | permissions.group_id).ids)],
                }
            )
            users = env['res.users'].create(
                [
                    {
                        'name': login,
                        'login': login,
                        'role_line_ids': [Command.create({'role_id': role.id})],
                    }
                    for login in ('par_anna', 'par_ben', 'par_carl')
                ]
            )
            partner = env['res.partner'].create({'name': 'Parallel Payee'})
            env.flush_all()
            asking = partner.with_user(users[0]).with_context(rbac_reason='due')
            self.approval_id = asking.rbac_test_pay(5000)['res_id']
            self.ids = {'partner': partner.id, 'users': users.ids}
            self.other_ids = (permissions.ids, role.id)
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        self._delete_request(self.approval_id)
        with self.environment() as env:
            env['res.partner'].browse(self.ids['partner']).unlink()
            users = env['res.users'].browse(self.ids['users'])
            partners = users.partner_id
            users.unlink()
            partners.unlink()
            env['res.users.role'].browse(self.other_ids[1]).unlink()
            env['rbac.permission'].browse(self.other_ids[0]).unlink()

    def _delete_request(self, approval_id):
        with self.environment() as env:
            env.cr.execute(
                "DELETE FROM mail_message WHERE model = 'rbac.approval' AND res_id = %s",
                (approval_id,),
            )
            env['mail.activity'].search(
                [('res_model', '=', 'rbac.approval'), ('res_id', '=', approval_id)]
            ).unlink()
            env.cr.execute('DELETE FROM rbac_approval WHERE id = %s', (approval_id,))

    def _approve_as(self, user_id):
        return lambda env: (
            env['rbac.approval'].with_user(user_id).browse(self.approval_id).action_approve()
        )

    def _ended(self):
        with self.environment() as env:
            approval = env['rbac.approval'].browse(self.approval_id)
            return approval.state, env['res.partner'].browse(self.ids['partner']).ref

    @mute_logger('odoo.sql_db', 'odoo.service.model')
    def test_a_double_click_runs_it_once(self):
        ben = self.ids['users'][1]
        results = self.run_parallel([self._approve_as(ben)] * 2)
        self.assertEqual(results.count(True), 1, results)
        self.assertEqual(self._ended(), ('executed', '1'))

    @mute_logger('odoo.sql_db', 'odoo.service.model')
    def test_two_approvers_at_once_run_it_once(self):
        _anna, ben, carl = self.ids['users']
        results = self.run_parallel([self._approve_as(ben), self._approve_as(carl)])
        self.assertEqual(results.count(True), 1, results)
        self.assertEqual(self._ended(), ('executed', '1'))

    @mute_logger('odoo.sql_db', 'odoo.service.model')
    def test_a_change_at_the_same_moment_comes_before_or_after_but_not_between(self):
        partner_id, ben = self.ids['partner'], self.ids['users'][1]

        def change(env):
            env['res.partner'].browse(partner_id).city = 'Elsewhere'
            return 'changed'

        results = self.run_parallel([self._approve_as(ben), change])
        self.assertEqual(results[1], 'changed')
        if results[0] is True:
            self.assertEqual(self._ended(), ('executed', '1'))
        else:
            self.assertEqual(self._ended(), ('failed', False))

    def test_a_guarded_orm_method_ends_in_an_error_that_leads_to_the_request(self):
        """The request outlives the rollback, so it can only be seen with real cursors."""
        anna, ben, _carl = self.ids['users']
        tags = self.registry['res.partner.category']
        original = tags.write

        @requires(CODE)
        def write(records, vals):
            return original(records, vals)

        with self.environment() as env:
            tag_id = env['res.partner.category'].create({'name': 'before'}).id
        with patch.object(tags, 'write', write):
            with self.assertRaises(RedirectWarning) as caught, self.environment() as env:
                env = env(user=anna, context={'rbac_reason': 'due'})
                env['res.partner.category'].browse(tag_id).write({'name': 'after'})
            self.addCleanup(self._delete_request, self.approval_id)
            self.approval_id = caught.exception.args[1]['res_id']
            with self.environment() as env:
                self.assertEqual(env['res.partner.category'].browse(tag_id).name, 'before')
                approval = env['rbac.approval'].browse(self.approval_id)
                self.assertEqual((approval.state, approval.requester_id.id), ('pending', anna))
                line = env['rbac.log'].search([('approval_id', '=', self.approval_id)])
                self.assertEqual(line.mapped('result'), ['asked'])
            with self.environment() as env:
                self._approve_as(ben)(env)
        with self.environment() as env:
            tag = env['res.partner.category'].browse(tag_id)
            self.assertEqual(tag.name, 'after')
            tag.unlink()

    # === ACTS THAT CALL OTHERS === #

    def _call_as(self, user_id, method):
        with self.environment() as env:
            env = env(user=user_id, context={'rbac_reason': 'due'})
            getattr(env['res.partner'].browse(self.ids['partner']), method)()

    def test_an_act_that_calls_one_which_needs_consent_is_rolled_back(self):
        anna, ben, _carl = self.ids['users']
        with self.assertRaises(RedirectWarning) as caught:
            self._call_as(anna, 'rbac_test_settle')
        self.addCleanup(self._delete_request, self.approval_id)
        self.approval_id = caught.exception.args[1]['res_id']
        with self.environment() as env:
            partner = env['res.partner'].browse(self.ids['partner'])
            self.assertRecordValues(partner, [{'city': False, 'ref': False}])
            approval = env['rbac.approval'].browse(self.approval_id)
            self.assertRecordValues(
                approval,
                [
                    {
                        'state': 'pending',
                        'code': CODE,
                        'method': 'rbac_test_pay',
                        'arguments': '{"args": [5000], "kwargs": {}}',
                        'requester_id': anna,
                        'reason': 'due',
                    }
                ],
            )
            line = env['rbac.log'].search([('approval_id', '=', self.approval_id)])
            self.assertEqual(line.mapped('code'), [CODE_SETTLE])
            self.assertEqual(line.mapped('result'), ['asked'])
        with self.environment() as env:
            self._approve_as(ben)(env)
        self.assertEqual(self._ended(), ('executed', '1'))

    def test_a_record_of_the_act_itself_cannot_wait_for_consent(self):
        with self.assertRaisesRegex(UserError, 'Save the record first'):
            self._call_as(self.ids['users'][0], 'rbac_test_settle_new')
        with self.environment() as env:
            self.assertFalse(env['res.partner'].search([('name', '=', 'Parallel Payee, new')]))
            asked = env['rbac.approval'].search([('code', '=', CODE)])
            self.assertEqual(asked.ids, [self.approval_id])

    @mute_logger('odoo.sql_db')
    def test_the_request_does_not_wait_for_the_act_that_waits_for_it(self):
        anna = self.ids['users'][0]
        with self.environment() as env:
            env.cr.execute('SELECT 1 FROM res_users WHERE id = %s FOR UPDATE', (anna,))
            act = env(user=anna)['res.partner'].browse(self.ids['partner'])
            with self.assertRaises(LockNotAvailable):
                act.rbac_test_settle()
            env.cr.rollback()
