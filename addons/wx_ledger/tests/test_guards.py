from unittest.mock import patch

from odoo.exceptions import AccessError, RedirectWarning
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.rbac_ext.tests.role_common import RoleCase

GATE_LOG = 'odoo.addons.rbac_ext.models.rbac_gate'


def ask_here(gate, records, guarded, args, kwargs, amount):
    """Ask in this transaction; `rbac_ext` tests that it is another one."""
    return gate.env['rbac.approval']._ask(records, guarded, args, kwargs, amount)


@tagged('post_install', '-at_install')
class TestGuards(RoleCase):
    """What people enter by hand: assets, reasons, rates."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna = cls._create_user('guards_anna', cls.builtin['finance'])
        cls.ben = cls._create_user('guards_ben', cls.builtin['finance'])
        cls.boss = cls._create_user('guards_boss', cls.builtin['system'])
        cls.source, cls.target = cls.env['wx.ledger.asset'].create(
            [
                {'code': 'FROM', 'name': 'From', 'decimal_places': 2, 'convertible': True},
                {'code': 'TO', 'name': 'To', 'convertible': True},
            ]
        )

    def _rate_vals(self):
        return {
            'source_asset_id': self.source.id,
            'target_asset_id': self.target.id,
            'source_amount': 100,
            'target_amount': 10,
        }

    def _rates(self):
        return self.env['wx.ledger.rate'].search([('source_asset_id', '=', self.source.id)])

    def test_a_rate_waits_for_a_second_person(self):
        rates = self.env['wx.ledger.rate'].with_user(self.anna)
        with patch.object(self.env.registry['rbac.gate'], '_ask_apart', ask_here):
            try:
                rates.with_context(rbac_reason='New season').create(self._rate_vals())
                self.fail('created without consent')
            except RedirectWarning as warning:
                self.assertIn('second person', str(warning))
        self.assertFalse(self._rates())
        approval = self.env['rbac.approval'].search([('code', '=', 'ledger.rate.manage')])
        self.assertEqual(approval.requester_id, self.anna)
        approval.with_user(self.ben).action_approve()
        self.assertEqual(approval.state, 'executed')
        self.assertEqual(self._rates().display_name, '1.00 FROM → 10 TO')

    def test_assets_and_reasons_are_kept_by_system_and_logged(self):
        asset = self.source.with_user(self.boss)
        asset.transferable = True
        self.env['wx.ledger.reason'].with_user(self.boss).create({'code': '100999', 'name': 'New'})
        lines = self.env['rbac.log'].search([('user_id', '=', self.boss.id)])
        self.assertEqual(
            {(line.code, line.method) for line in lines},
            {('ledger.asset.manage', 'write'), ('ledger.reason.manage', 'create')},
        )

    @mute_logger(GATE_LOG)
    def test_finance_keeps_neither(self):
        with self.assertRaises(AccessError):
            self.source.with_user(self.anna).transferable = True
        with self.assertRaises(AccessError):
            self.env['wx.ledger.reason'].with_user(self.anna).create(
                {'code': '100999', 'name': 'New'}
            )

    def test_an_asset_opens_its_central_account_for_whoever_creates_it(self):
        asset = (
            self.env['wx.ledger.asset']
            .with_user(self.boss)
            .create({'code': 'MINE', 'name': 'Mine'})
        )
        central = self.env['wx.ledger.account'].search([('asset_id', '=', asset.id)])
        self.assertEqual((central.kind, central.booking_mode), ('central', 'deferred'))
