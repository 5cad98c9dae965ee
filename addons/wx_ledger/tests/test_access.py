import csv

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import file_open, mute_logger

from odoo.addons.rbac_ext.tests.role_common import RoleCase

from ..values import Transfer

MODES = ('read', 'write', 'create', 'unlink')
BY_ROLE = {
    'finance': {
        'view',
        'statement.view',
        'export',
        'proof.run',
        'adjust',
        'adjust.free',
        'rate.manage',
        'account.manage',
        'account.limit',
    },
    'auditor': {'view', 'statement.view', 'export', 'proof.run'},
    'support': set(),
    'operator': set(),
}
SECOND_PERSON = {'adjust', 'rate.manage', 'account.limit'}
GATE_LOG = 'odoo.addons.rbac_ext.models.rbac_gate'


def access_lines():
    """Return permission's group → model → modes, as the addon's access file has them."""
    lines = {}
    with file_open('wx_ledger/security/ir.model.access.csv') as rows:
        for row in csv.DictReader(rows):
            model = row['model_id:id']
            modes = {mode for mode in MODES if row[f'perm_{mode}'] == '1'}
            lines.setdefault(row['group_id:id'], {})[model] = modes
    return lines


@tagged('post_install', '-at_install')
class TestAccess(RoleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.permissions = cls.env['rbac.permission'].search([('code', '=like', 'ledger.%')])
        cls.models = {
            f'model_{name.replace(".", "_")}': name
            for name, model in cls.env.registry.items()
            if model._original_module == 'wx_ledger' and not model._abstract
        }

    def test_the_built_in_roles_carry_what_was_agreed(self):
        for role, codes in BY_ROLE.items():
            carried = self.builtin[role].permission_ids & self.permissions
            with self.subTest(role=role):
                self.assertEqual(set(carried.mapped('code')), {f'ledger.{code}' for code in codes})
        self.assertEqual(self.builtin['system'].permission_ids & self.permissions, self.permissions)

    def test_what_is_dangerous_needs_a_second_person(self):
        for permission in self.permissions:
            always = permission.code.removeprefix('ledger.') in SECOND_PERSON
            with self.subTest(code=permission.code):
                self.assertEqual(permission.approval, 'always' if always else 'never')

    def test_every_model_has_access_lines(self):
        named = {model for lines in access_lines().values() for model in lines}
        self.assertEqual(set(self.models), named)

    def test_every_access_line_gives_what_it_says_and_no_more(self):
        lines = access_lines()
        for permission in self.permissions:
            group = f'{permission.get_external_id()[permission.id].partition(".")[2]}_res_groups'
            role = self._create_role(permission.code, permission, groups=self.env['res.groups'])
            user = self._create_user(permission.code, role)
            for external, model in self.models.items():
                allowed = lines.get(group, {}).get(external, set())
                records = self.env[model].with_user(user)
                for mode in MODES:
                    with self.subTest(code=permission.code, model=model, mode=mode):
                        self.assertEqual(records.has_access(mode), mode in allowed)

    def test_employees_without_a_role_see_nothing(self):
        employee = new_test_user(self.env, 'ledger_employee', 'base.group_user')
        for model in self.models.values():
            with self.subTest(model=model):
                self.assertFalse(self.env[model].with_user(employee).has_access('read'))

    def test_nobody_writes_what_is_booked(self):
        system = self._create_user('ledger_system', self.builtin['system'])
        for name in ('posting', 'transfer', 'entry', 'hold', 'hold.event', 'lot', 'lot.move'):
            records = self.env[f'wx.ledger.{name}'].with_user(system)
            for mode in ('write', 'create', 'unlink'):
                with self.subTest(model=name, mode=mode):
                    self.assertFalse(records.has_access(mode))
        for mode in ('write', 'create', 'unlink'):
            self.assertFalse(self.env['wx.ledger.account'].with_user(system).has_access(mode))

    @mute_logger(GATE_LOG)
    def test_the_right_to_a_row_is_no_right_to_the_act(self):
        """Sudo lifts access lines, the guard stays."""
        clerk = self._create_user('ledger_clerk', self.builtin['operator'])
        asset = self.env.ref('wx_ledger.wx_ledger_asset_cny')
        reason = self.env.ref('wx_ledger.wx_ledger_reason_200001')
        for records, method, args in (
            (asset, 'write', [{'transferable': True}]),
            (reason, 'write', [{'needs_approval': True}]),
            (self.env['wx.ledger.rate'], 'create', [[{}]]),
            (self.env['wx.ledger.account']._central(asset), 'action_freeze', ['why']),
        ):
            with self.subTest(model=records._name), self.assertRaisesRegex(AccessError, 'ledger'):
                getattr(records.with_user(clerk).sudo(), method)(*args)


@tagged('post_install', '-at_install')
class TestCompanies(RoleCase):
    """What belongs to another company is out of sight, however it is asked for."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env['res.company'].create({'name': 'Other Ledger Company'})
        cls.asset = cls.env['wx.ledger.asset'].create(
            {
                'code': 'THEIRS',
                'name': 'Theirs',
                'company_id': cls.other.id,
                'expiring': True,
                'expiry_days': 10,
            }
        )
        accounts = cls.env['wx.ledger.account']
        owner = cls.env['res.partner'].create({'name': 'Their Customer'})
        cls.wallet = accounts._of_owner(cls.asset, owner, 'customer')
        central = accounts._central(cls.asset)
        cls.env['wx.ledger'].post(
            [Transfer(central.id, cls.wallet.id, 100, '100003')], key='company:1'
        )
        cls.env['wx.ledger'].hold(cls.wallet.id, 40, key='company:2', reason='200001')
        cls.finance = cls._create_user('ledger_finance', cls.builtin['finance'])

    def _mine(self, model):
        return self.env[model].with_user(self.finance).search([])

    def test_people_of_one_company_do_not_see_another_s(self):
        central = self.env['wx.ledger.account']._central(self.asset)
        for model, domain in (
            ('asset', [('id', '=', self.asset.id)]),
            ('account', [('id', 'in', (self.wallet | central).ids)]),
            ('posting', [('company_id', '=', self.other.id)]),
            ('transfer', [('asset_id', '=', self.asset.id)]),
            ('entry', [('account_id', '=', self.wallet.id)]),
            ('hold', [('account_id', '=', self.wallet.id)]),
            ('hold.event', [('hold_id.account_id', '=', self.wallet.id)]),
            ('lot', [('account_id', '=', self.wallet.id)]),
        ):
            name = f'wx.ledger.{model}'
            with self.subTest(model=name):
                theirs = self.env[name].search(domain)
                self.assertTrue(theirs)
                self.assertFalse(theirs & self._mine(name))
                with self.assertRaises(AccessError):
                    theirs.with_user(self.finance).read(['id', 'company_id'])

    def test_people_of_that_company_see_it(self):
        self.finance.write({'company_ids': [Command.link(self.other.id)]})
        records = self.env['wx.ledger.entry'].with_user(self.finance)
        records = records.with_context(allowed_company_ids=self.other.ids)
        self.assertEqual(sorted(records.search([]).mapped('amount')), [-100, 100])

    def test_the_dashboard_shows_no_other_company_s_asset(self):
        dashboard = self.env['wx.ledger.dashboard'].with_user(self.finance)
        answer = dashboard.load_dashboard(asset_id=self.asset.id)
        self.assertNotIn(self.asset.id, [asset['id'] for asset in answer['assets']])
        self.assertNotEqual(answer['asset_id'], self.asset.id)
