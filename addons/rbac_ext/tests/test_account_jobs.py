from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from .account_common import AccountMixin

CRON_LOGGER = 'odoo.addons.base.models.ir_cron'


@tagged('post_install', '-at_install')
class TestAccountJobs(AccountMixin, TransactionCase):
    """Work that waits in the name of somebody who is disabled is refused when it is due."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls._create_administrator('boss')
        role = cls._create_role(
            'Clerks',
            'rbac.user.end_session',
            groups='rbac_ext.group_support,base.group_partner_manager',
        )
        cls.clerk = cls._create_staff('clerk', role)
        cls.partner = cls.env['res.partner'].create({'name': 'Customer'})

    def _disable(self):
        self.clerk.with_user(self.admin).action_rbac_disable(reason='left')

    def _create_job(self, code):
        return self.env['ir.cron'].create(
            {
                'name': 'A job of the clerk',
                'user_id': self.clerk.id,
                'model_id': self.env['ir.model']._get_id('res.partner'),
                'state': 'code',
                'code': code,
                'interval_number': 1,
                'interval_type': 'hours',
            }
        )

    def _run(self, cron):
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def test_a_scheduled_action_in_the_name_of_a_disabled_account_does_not_run(self):
        cron = self._create_job(
            f"env['res.partner'].browse({self.partner.id}).write({{'ref': env.user.login}})"
        )
        self._run(cron)
        self.assertEqual(self.partner.ref, 'clerk')
        self.partner.ref = False
        self._disable()
        with self.assertLogs(CRON_LOGGER, 'WARNING') as logs:
            self._run(cron)
        self.assertIn('Forbidden', logs.output[0])
        self.assertFalse(self.partner.ref)

    def test_a_job_that_is_running_loses_its_rights_in_the_middle(self):
        """The scheduler looks at the account when a job begins; the guards look at each act."""
        own = self.env(user=self.clerk, su=False)
        colleague = self._create_staff('colleague')
        key = colleague.rbac_session_key
        own['res.users'].browse(colleague.id).action_rbac_end_sessions()
        self.assertNotEqual(colleague.rbac_session_key, key)
        key = colleague.rbac_session_key
        self._disable()
        for mode in (False, True):
            with (
                self.subTest(sudo=mode),
                mute_logger('odoo.addons.rbac_ext.models.rbac_gate'),
                self.assertRaisesRegex(AccessError, r'rbac\.user\.end_session'),
            ):
                own['res.users'].browse(colleague.id).sudo(mode).action_rbac_end_sessions()
        with self.assertRaises(AccessError):
            own['res.partner'].browse(self.partner.id).write({'ref': 'later'})
        self.assertEqual(colleague.rbac_session_key, key)
        self.assertFalse(self.partner.ref)

    def test_a_message_that_was_scheduled_is_not_posted(self):
        messages = self.env['mail.scheduled.message'].with_user(self.clerk)
        early, late = messages.create(
            [
                {
                    'author_id': self.clerk.partner_id.id,
                    'model': 'res.partner',
                    'res_id': self.partner.id,
                    'body': body,
                    'scheduled_date': fields.Datetime.now() + timedelta(hours=1),
                }
                for body in ('Before', 'After')
            ]
        )
        early.sudo()._post_message(raise_exception=False)
        self.assertIn('Before', ''.join(self.partner.message_ids.mapped('body')))
        self._disable()
        late.sudo()._post_message(raise_exception=False)
        self.assertNotIn('After', ''.join(self.partner.message_ids.mapped('body')))
