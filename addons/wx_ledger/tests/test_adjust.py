from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.rbac_ext.tests.role_common import RoleCase

from ..exceptions import InsufficientFunds
from ..values import Transfer

GATE_LOG = 'odoo.addons.rbac_ext.models.rbac_gate'


class AdjustCase(RoleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna = cls._create_user('ledger_anna', cls.builtin['finance'])
        cls.ben = cls._create_user('ledger_ben', cls.builtin['finance'])
        cls.auditor = cls._create_user('ledger_auditor', cls.builtin['auditor'])
        accounts = cls.env['wx.ledger.account']
        cls.asset = cls.env['wx.ledger.asset'].create(
            {'code': 'ADJ', 'name': 'Adjusted', 'decimal_places': 2}
        )
        owner = cls.env['res.partner'].create({'name': 'Customer'})
        cls.wallet = accounts._of_owner(cls.asset, owner, 'customer')
        cls.env['wx.ledger'].post(
            [Transfer(accounts._central(cls.asset).id, cls.wallet.id, 10000, '100001')],
            key='adjust-test:funds',
        )
        cls.reason = cls.env.ref('wx_ledger.wx_ledger_reason_900001')
        cls.free = cls.env['wx.ledger.reason'].create(
            {
                'code': '900099',
                'name': 'Goodwill',
                'manual': True,
                'debit_system': True,
                'credit_user': True,
            }
        )

    def _wizard(self, user=None, **values):
        defaults = {
            'account_id': self.wallet.id,
            'amount': '12.50',
            'reason_id': self.reason.id,
            'note': 'Counted twice',
        }
        wizards = self.env['wx.ledger.adjust'].with_user(user or self.anna)
        return wizards.with_context(rbac_reason='It is due').create(defaults | values)

    def _ask(self, **values):
        """Let Anna ask for an adjustment and return the request."""
        result = self._wizard(**values).action_book()
        approval_id = self.env['rbac.approval']._of_result(result)
        self.assertTrue(approval_id)
        return self.env['rbac.approval'].browse(approval_id)

    def _balance(self):
        self.wallet.invalidate_recordset()
        return self.wallet.balance


@tagged('post_install', '-at_install')
class TestAdjustment(AdjustCase):
    def test_it_is_booked_when_a_second_person_consents(self):
        approval = self._ask()
        self.assertEqual(self._balance(), 10000)
        self.assertEqual((approval.state, approval.amount), ('pending', 1250))
        approval.with_user(self.ben).action_approve()
        self.assertEqual(approval.state, 'executed')
        self.assertEqual(self._balance(), 11250)
        [transfer] = self.env['wx.ledger.transfer'].search(
            [('reason_id', '=', self.reason.id), ('asset_id', '=', self.asset.id)]
        )
        self.assertRecordValues(
            transfer,
            [{'amount': 1250, 'credit_account_id': self.wallet.id, 'asset_id': self.asset.id}],
        )
        self.assertEqual(transfer.debit_account_id.purpose, 'adjustment')
        self.assertEqual(transfer.posting_id.user_id, self.anna)
        self.assertEqual(transfer.posting_id.note, 'Counted twice')

    def test_it_takes_away_too(self):
        self._ask(direction='take', amount='100').with_user(self.ben).action_approve()
        self.assertEqual(self._balance(), 0)

    def test_it_never_takes_more_than_there_is(self):
        approval = self._ask(direction='take', amount='100.01')
        with self.assertRaises(InsufficientFunds):
            approval.with_user(self.ben).action_approve()
        self.assertEqual(self._balance(), 10000)

    def test_nobody_consents_to_the_own_request(self):
        approval = self._ask()
        for records in (approval.with_user(self.anna), approval.with_user(self.anna).sudo()):
            with self.assertRaises(AccessError):
                records.action_approve()
        self.assertEqual(self._balance(), 10000)

    def test_a_rejected_request_books_nothing(self):
        approval = self._ask()
        approval.with_user(self.ben).decision_note = 'No'
        approval.with_user(self.ben).action_reject()
        self.assertEqual(approval.state, 'rejected')
        self.assertEqual(self._balance(), 10000)

    def test_payments_meanwhile_do_not_spoil_the_request(self):
        approval = self._ask()
        sales = self.env['wx.ledger.account']._of_purpose(self.asset, 'sales')
        self.env['wx.ledger'].post(
            [Transfer(self.wallet.id, sales.id, 1000, '200001')], key='adjust-test:meanwhile'
        )
        approval.with_user(self.ben).action_approve()
        self.assertEqual(approval.state, 'executed')
        self.assertEqual(self._balance(), 10250)

    def test_a_frozen_account_spoils_the_request(self):
        approval = self._ask()
        self.wallet.with_user(self.ben).action_freeze('Lost phone')
        approval.with_user(self.ben).action_approve()
        self.assertEqual(approval.state, 'failed')
        self.assertEqual(self._balance(), 10000)

    def test_a_second_click_does_nothing(self):
        wizard = self._wizard(reason_id=self.free.id)
        wizard.action_book()
        with self.assertRaisesRegex(UserError, 'already'):
            wizard.action_book()
        self.assertEqual(self._balance(), 11250)

    def test_the_same_reference_is_booked_once(self):
        wallet = self.wallet.with_user(self.anna)
        first = wallet.action_adjust_free(5, '900099', 'Sorry', 'one')
        self.assertEqual(wallet.action_adjust_free(5, '900099', 'Sorry', 'one'), first)
        self.assertEqual(self._balance(), 10005)
        self.assertNotEqual(wallet.action_adjust_free(5, '900099', 'Sorry', 'two'), first)
        self.assertEqual(self._balance(), 10010)

    def test_a_reason_without_consent_is_booked_at_once_and_logged(self):
        result = self._wizard(reason_id=self.free.id).action_book()
        self.assertEqual(result['res_model'], 'wx.ledger.posting')
        self.assertEqual(self._balance(), 11250)
        [line] = self.env['rbac.log'].search([('code', '=', 'ledger.adjust.free')])
        self.assertEqual((line.user_id, line.method), (self.anna, 'action_adjust_free'))

    def test_the_request_and_the_decision_are_logged(self):
        approval = self._ask()
        approval.with_user(self.ben).action_approve()
        methods = self.env['rbac.log'].search([('code', '=', 'ledger.adjust')]).mapped('method')
        self.assertIn('action_adjust', methods)
        self.assertIn('action_approve', methods)

    @mute_logger(GATE_LOG)
    def test_a_reason_that_needs_consent_has_no_other_road(self):
        with self.assertRaisesRegex(UserError, 'second person'):
            self.wallet.with_user(self.anna).action_adjust_free(5, '900001', 'Sorry', 'one')
        for user in (self.auditor, self._create_user('ledger_op', self.builtin['operator'])):
            with self.assertRaises(AccessError):
                self.wallet.with_user(user).sudo().action_adjust(5, '900001', 'Sorry', 'one')
        self.assertEqual(self._balance(), 10000)

    @mute_logger(GATE_LOG)
    def test_a_reason_that_is_not_for_adjustments_has_no_road_at_all(self):
        with self.assertRaisesRegex(UserError, 'not for adjustments'):
            self.wallet.with_user(self.anna).action_adjust_free(5, '100001', 'Sorry', 'one')
        approval_id = self.env['rbac.approval']._of_result(
            self.wallet.with_user(self.anna)
            .with_context(rbac_reason='It is due')
            .action_adjust(5, '100001', 'Sorry', 'one')
        )
        with self.assertRaisesRegex(UserError, 'not for adjustments'):
            self.env['rbac.approval'].browse(approval_id).with_user(self.ben).action_approve()
        self.assertEqual(self._balance(), 10000)

    def test_what_a_client_may_not_send_is_refused(self):
        wallet = self.wallet.with_user(self.anna)
        for amount in (0, '5', 5.0, True, None):
            with self.subTest(amount=amount), self.assertRaises(UserError):
                wallet.action_adjust_free(amount, '900099', 'Sorry', 'one')
        for note in ('', '  ', None):
            with self.subTest(note=note), self.assertRaises(UserError):
                wallet.action_adjust_free(5, '900099', note, 'one')
        for reference in ('', None, 'x' * 65):
            with self.subTest(reference=reference), self.assertRaises(UserError):
                wallet.action_adjust_free(5, '900099', 'Sorry', reference)


@tagged('post_install', '-at_install')
class TestAdjustmentWizard(AdjustCase):
    def test_it_shows_the_balance_that_comes_of_it(self):
        wizard = self._wizard()
        self.assertEqual((wizard.current_balance, wizard.balance_after), (10000, 11250))
        wizard.direction = 'take'
        self.assertEqual(wizard.balance_after, 8750)
        wizard.amount = 'nonsense'
        self.assertEqual(wizard.balance_after, 10000)

    def test_it_offers_the_reasons_that_fit(self):
        wizard = self._wizard()
        self.assertEqual(wizard.allowed_reason_ids, self.reason | self.free)
        wizard.direction = 'take'
        self.assertEqual(wizard.allowed_reason_ids, self.reason)

    def test_an_amount_is_read_strictly(self):
        for amount in ('0', '-5', '12.505', '1e3', '12,5', 'ten'):
            with self.subTest(amount=amount), self.assertRaises(UserError):
                self._wizard(amount=amount).action_book()
        self.assertEqual(self._balance(), 10000)

    def test_evidence_is_shown_to_who_decides_and_kept_with_the_posting(self):
        files = self.env['ir.attachment'].with_user(self.anna)
        scan = files.create({'name': 'scan.txt', 'raw': b'receipt'})
        approval = self._ask(evidence_ids=[Command.set(scan.ids)])
        attachments = self.env['ir.attachment']
        shown = attachments.search(
            [('res_model', '=', 'rbac.approval'), ('res_id', '=', approval.id)]
        )
        self.assertEqual(shown.with_user(self.ben).raw, b'receipt')
        approval.with_user(self.ben).action_approve()
        posting = self.env['wx.ledger.posting'].search([('note', '=', 'Counted twice')])
        self.assertEqual(posting.evidence_ids.mapped('name'), ['scan.txt'])
        self.assertEqual(posting.evidence_ids.with_user(self.auditor).raw, b'receipt')

    def test_what_one_may_not_read_is_no_evidence(self):
        parameter = self.env['ir.config_parameter'].search([], limit=1)
        secret = self.env['ir.attachment'].create(
            {
                'name': 'secret.txt',
                'raw': b'secret',
                'res_model': parameter._name,
                'res_id': parameter.id,
            }
        )
        wallet = self.wallet.with_user(self.anna)
        stolen = self.env['ir.attachment'].with_user(self.anna).browse(secret.id)
        with self.assertRaises(AccessError):
            wallet.action_adjust_free(5, '900099', 'Sorry', 'one', stolen)


@tagged('post_install', '-at_install')
class TestAccountActs(AdjustCase):
    def test_an_account_is_frozen_with_a_reason_and_opened_again(self):
        freeze = self.env['wx.ledger.freeze'].with_user(self.anna)
        freeze.create({'account_ids': self.wallet.ids, 'note': 'Lost phone'}).action_confirm()
        self.assertEqual((self.wallet.state, self.wallet.state_note), ('frozen', 'Lost phone'))
        self.wallet.with_user(self.anna).action_unfreeze()
        self.assertEqual((self.wallet.state, self.wallet.state_note), ('open', False))

    def test_an_account_is_closed_when_it_is_empty(self):
        wallet = self.wallet.with_user(self.anna)
        with self.assertRaisesRegex(UserError, 'not empty'):
            wallet.action_close()
        self._ask(direction='take', amount='100').with_user(self.ben).action_approve()
        self.wallet.invalidate_recordset()
        wallet.action_close()
        self.assertEqual(wallet.state, 'closed')
        with self.assertRaises(UserError):
            wallet.action_unfreeze()

    def test_an_overdraft_limit_needs_a_second_person(self):
        wizard = self.env['wx.ledger.limit'].with_user(self.anna)
        wizard = wizard.with_context(rbac_reason='Trusted')
        result = wizard.create({'account_id': self.wallet.id, 'limit': 5000}).action_confirm()
        approval = self.env['rbac.approval'].browse(self.env['rbac.approval']._of_result(result))
        self.assertEqual(self.wallet.overdraft_limit, 0)
        approval.with_user(self.ben).action_approve()
        self.assertEqual(self.wallet.overdraft_limit, 5000)

    @mute_logger(GATE_LOG)
    def test_auditors_read_and_change_nothing(self):
        wallet = self.wallet.with_user(self.auditor)
        self.assertEqual(wallet.balance, 10000)
        for method, args in (
            ('action_freeze', ['why']),
            ('action_unfreeze', []),
            ('action_close', []),
            ('action_set_limit', [5]),
            ('action_adjust', [5, '900001', 'Sorry', 'one']),
            ('action_adjust_free', [5, '900099', 'Sorry', 'one']),
        ):
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(wallet, method)(*args)

    def test_amounts_of_accounts_are_written_by_nobody(self):
        for values in ({'balance': 1}, {'held': 1}, {'version': 1}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                self.wallet.sudo().write(values)
