from odoo.fields import Selection
from odoo.tests import TransactionCase, tagged

from .common import our_manifests

# Models without a company of their own say here why every company may see them.
SHARED = {
    # Roles, accounts and what was done with them belong to the organisation, not to a company.
    **dict.fromkeys(
        (
            'rbac.approval',
            'rbac.check',
            'rbac.check.finding',
            'rbac.conflict',
            'rbac.emergency',
            'rbac.field.change',
            'rbac.field.rule',
            'rbac.log',
            'rbac.login',
            'rbac.permission',
            'rbac.scope',
            'rbac.scope.target',
        ),
        'of the organisation',
    ),
    'wx.access.token': 'nobody reads it',
    'wx.idempotency.key': 'nobody reads it',
    'wx.recharge.lookup': 'nobody reads it',
    'wx.recharge.lookup.usage': 'nobody reads it',
    'wx.recharge.turn': 'nobody reads it',
    'wx.recharge.prefix': 'numbers belong to the same operators everywhere',
    **dict.fromkeys(
        ('wx.ledger.block', 'wx.ledger.proof', 'wx.ledger.proof.check'),
        'of the whole ledger: the chain has the postings of all companies',
    ),
    'wx.ledger.reason': 'codes mean the same everywhere',
    'wx.payment.scene': 'where people pay means the same everywhere',
    'wx.recharge.country': 'a list of the world, as res.country',
    'wx.recharge.desk': 'the lists are the same everywhere, their rows are not',
    'wx.recharge.import.line': 'nobody reads it',
    'wx.recharge.operator': 'a list of the world, as res.country',
    'wx.recharge.supplier.token': 'nobody reads it',
}


@tagged('post_install', '-at_install')
class TestModels(TransactionCase):
    """Rules of the house that every model of ours keeps."""

    def setUp(self):
        super().setUp()
        ours = {manifest.name for manifest in our_manifests()}
        self.models = [
            model
            for name, model in self.env.items()
            if not model._abstract and model._original_module in ours
        ]
        self.assertGreater(len(self.models), 10)

    def test_selections_are_reflected_and_so_translated(self):
        # Odoo reflects lists only; a tuple's labels would stay English in silence.
        for model in self.models:
            for field in model._fields.values():
                if isinstance(field, Selection) and not callable(field.selection):
                    with self.subTest(field=str(field)):
                        self.assertNotIsInstance(field.selection, tuple)

    def test_every_model_has_access_lines(self):
        for model in self.models:
            with self.subTest(model=model._name):
                self.assertTrue(
                    self.env['ir.model.access'].search_count([('model_id.model', '=', model._name)])
                )

    def test_every_stored_model_is_kept_apart_by_company(self):
        for model in self.models:
            if model._transient or model._name in SHARED:
                continue
            with self.subTest(model=model._name):
                rules = self.env['ir.rule'].search([('model_id.model', '=', model._name)])
                self.assertTrue(
                    rules.filtered(lambda rule: not rule.groups and 'compan' in rule.domain_force)
                )

    def test_what_customers_may_read_is_narrowed_by_a_rule(self):
        group = self.env.ref('wx_base.group_api')
        for model in self.models:
            lines = self.env['ir.model.access'].search(
                [('model_id.model', '=', model._name), ('group_id', '=', group.id)]
            )
            for line in lines:
                with self.subTest(model=model._name):
                    self.assertEqual(
                        (line.perm_write, line.perm_create, line.perm_unlink),
                        (False, False, False),
                    )
                    rules = self.env['ir.rule'].search(
                        [('model_id.model', '=', model._name), ('groups', 'in', group.ids)]
                    )
                    self.assertTrue(rules if line.perm_read else True)

    def test_secrets_are_for_the_system_group_and_never_copied(self):
        for model in self.models:
            for field in model._fields.values():
                if type(field).__name__ in ('EncryptedChar', 'EncryptedText'):
                    with self.subTest(field=str(field)):
                        self.assertEqual(field.groups, 'base.group_system')
                        self.assertFalse(field.copy)
                        self.assertFalse(getattr(field, 'tracking', None))
