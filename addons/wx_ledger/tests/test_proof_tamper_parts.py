from odoo.tests import tagged

from .proof_common import TamperCase


@tagged('post_install', '-at_install')
class TestProofTamperParts(TamperCase):
    """Holds, lots, deltas, reversals and checkpoints changed by direct SQL."""

    def test_changed_held(self):
        self.tamper(f'UPDATE wx_ledger_account SET held = held + 1 WHERE id = {self.alice.id}')
        self.assert_found(('held', 'held', 'account', self.alice.id))
        self.assert_verifier_tells(f'account {self.alice.id}: held 301, by its history 300')

    def test_changed_hold(self):
        hold = self.ids['hold']
        self.tamper(f'UPDATE wx_ledger_hold SET captured = captured + 50 WHERE id = {hold}')
        self.assert_found(
            ('held', 'held', 'account', self.alice.id),
            ('holds', 'hold_events', 'hold', hold),
            ('holds', 'hold_transfers', 'hold', hold),
        )
        self.assert_verifier_tells(f'account {self.alice.id}: held 300, by its history 250')

    def test_changed_history_of_a_hold(self):
        hold = self.ids['hold']
        self.tamper(f"DELETE FROM wx_ledger_hold_event WHERE hold_id = {hold} AND kind = 'opened'")
        self.assert_found(('holds', 'hold_events', 'hold', hold))

    def test_changed_lot(self):
        lot = self.ids['lot']
        self.tamper(f'UPDATE wx_ledger_lot SET remaining = remaining - 1 WHERE id = {lot}')
        self.assert_found(
            ('lot_sums', 'lot_sum', 'account', self.collector.id),
            ('lots', 'lot_moves', 'lot', lot),
        )
        self.assert_verifier_tells(f'account {self.collector.id}: sum of lots 69')

    def test_lot_of_another_account(self):
        lot = self.ids['lot']
        self.tamper(f'UPDATE wx_ledger_lot SET account_id = {self.alice.id} WHERE id = {lot}')
        self.assert_found(
            ('lot_sums', 'lot_sum', 'account', self.collector.id),
            ('lots', 'lot_entry', 'lot', lot),
        )

    def test_changed_delta(self):
        entry = self.ids['first'].entries[0]
        self.tamper(f'UPDATE wx_ledger_delta SET amount = amount - 1 WHERE entry_id = {entry}')
        self.assert_found(
            ('assets', 'asset_sum', 'asset', self.money.id),
            ('deferred', 'balance', 'account', self.central.id),
            ('deltas', 'delta', 'entry', entry),
        )

    def test_deleted_delta(self):
        entry = self.ids['first'].entries[0]
        self.tamper(f'DELETE FROM wx_ledger_delta WHERE entry_id = {entry}')
        self.assert_found(
            ('assets', 'asset_sum', 'asset', self.money.id),
            ('deferred', 'balance', 'account', self.central.id),
        )

    def test_reversal_beyond_its_original(self):
        self.tamper(
            'ALTER TABLE wx_ledger_reversed DROP CONSTRAINT wx_ledger_reversed_check',
            f'UPDATE wx_ledger_reversed SET reversed = 301 WHERE transfer_id = {self.transfer}',
        )
        self.assert_found(('reversals', 'reversal_count', 'transfer', self.transfer))

    def test_reversal_of_something_else(self):
        reversal = self.sql_value(
            'SELECT id FROM wx_ledger_transfer WHERE reverses_id = %s', self.transfer
        )
        other = self.ids['first'].transfers[0]
        self.tamper(f'UPDATE wx_ledger_transfer SET reverses_id = {other} WHERE id = {reversal}')
        self.assert_found(
            ('reversals', 'reversal', 'transfer', reversal),
            ('reversals', 'reversal_count', 'transfer', self.transfer),
            ('reversals', 'reversal_count', 'transfer', other),
            self.broken_block,
        )

    def test_changed_checkpoint(self):
        tomorrow = self.sql_value("SELECT (now() AT TIME ZONE 'UTC')::date + 1")
        self.env['wx.ledger.checkpoint']._make(tomorrow.replace(year=2000), tomorrow)
        self.env.flush_all()
        self.assert_clean()
        self.tamper(
            f'UPDATE wx_ledger_checkpoint SET balance = 1 WHERE account_id = {self.sales.id}'
        )
        self.assert_found(
            ('deferred', 'balance', 'account', self.sales.id),
            ('checkpoints', 'checkpoint', 'account', self.sales.id),
        )
