from unittest.mock import patch

from odoo import api
from odoo.exceptions import RedirectWarning, UserError

from ..permission import requires
from .role_common import RoleCase

CODE = 'rbac.test.pay'
CODE_SETTLE = 'rbac.test.settle'


@requires(CODE, amount='amount')
def rbac_test_pay(self, amount, note=None, partner=None, password=None):
    """A guarded act of the tests: pays an amount, refuses 13."""
    if amount == 13:
        raise UserError(str(amount))
    self.ensure_one()
    paid = f'{self.env.user.login} paid {amount} {note} {partner.ids if partner else None}'
    self.write({'function': paid, 'ref': str(int(self.ref or 0) + 1)})
    return True


@requires(CODE)
def rbac_test_outer(self):
    """Calls another guarded act."""
    return self.rbac_test_pay(10**6)


@requires(CODE_SETTLE)
def rbac_test_settle(self, amount):
    """Writes, and calls an act of another permission."""
    self.ensure_one()
    self.comment = 'settled'
    return self.rbac_test_pay(amount)


class GuardedCase(RoleCase):
    """Partners with guarded methods, two people who may call them and one who may not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partners = cls.registry['res.partner']
        for method in (rbac_test_pay, rbac_test_outer, rbac_test_settle):
            cls.startClassPatcher(patch.object(partners, method.__name__, method, create=True))
        cls.permission = cls._create_permission(CODE)
        cls.settle = cls._create_permission(CODE_SETTLE)
        groups = cls.staff_group | cls.env.ref('base.group_partner_manager')
        cls.payer_role = cls._create_role('Payer', cls.permission, cls.settle, groups=groups)
        cls.clerk_role = cls._create_role('Clerk', groups=groups)
        cls.anna = cls._create_user('anna', cls.payer_role)
        cls.ben = cls._create_user('ben', cls.payer_role)
        cls.clerk = cls._create_user('clerk', cls.clerk_role)
        cls.auditor = cls._create_user('the_auditor', cls.builtin['auditor'])
        cls.partner = cls.env['res.partner'].create({'name': 'Payee'})

    def _ask(self, amount=5000, user=None, reason='It is due', **arguments):
        """Let somebody call the act and return the request that comes of it."""
        partner = self.partner.with_user(user or self.anna).with_context(rbac_reason=reason)
        action = partner.rbac_test_pay(amount, **arguments)
        return self.env['rbac.approval'].browse(action['res_id'])

    @classmethod
    def _limit(cls, approval='above', limit=1000, **values):
        cls.permission.write({'approval': approval, 'approval_limit': limit, **values})

    def _lines(self, **values):
        domain = [(name, '=', value) for name, value in values.items()]
        return self.env['rbac.log'].search([('code', '=', CODE), *domain])

    def _fail_as(self, user, function):
        """Call `function(env)` as a request that ends in an error, which is returned.

        `assertRaises` would take back what is written after the rollback.
        """
        self.env.flush_all()
        try:
            with self.enter_registry_test_mode(), self.registry.cursor() as cr:
                function(api.Environment(cr, user.id, {}))
        except (UserError, RedirectWarning) as error:
            self.env.invalidate_all()
            return error
        return self.fail('no error')
