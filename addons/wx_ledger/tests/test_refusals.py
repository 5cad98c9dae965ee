from odoo.tests import tagged

from ..exceptions import AssetMismatch, FrozenAccount, InsufficientFunds, InvalidPosting
from ..models.wx_ledger import CHANGED_BY_SQL
from ..values import Reversal, Transfer
from .common import CORRECTION, LedgerCase
from .test_append_only import RESTRICTED

UNKNOWN = 2**31 - 1


@tagged('post_install', '-at_install')
class TestRefusals(LedgerCase):
    """Which refusal comes first, and what a known key forgives."""

    def _post(self, *lines, key='order'):
        return self.ledger.post([Transfer(*line) for line in lines], key=key)

    def test_a_lack_of_funds_hides_nothing_that_is_wrong_with_the_line(self):
        other = self._create_account(self._create_asset('OTH'), 'Other')
        frozen = self._create_account(self.asset, 'Frozen')
        frozen._set_state('frozen', 'test')
        for target, reason, error, details in (
            (UNKNOWN, CORRECTION, InvalidPosting, {'account_id': UNKNOWN}),
            (frozen.id, CORRECTION, FrozenAccount, {'account_id': frozen.id}),
            (other.id, CORRECTION, AssetMismatch, {'line': 1}),
            (self.bob.id, '000000', InvalidPosting, {'line': 1}),
        ):
            with self.subTest(target=target, reason=reason):
                line = (self.alice.id, target, 1001, reason)
                self.assertRefused(error, lambda line=line: self._post(line), **details)

    def test_the_first_line_that_is_refused_is_told_first(self):
        short = (self.alice.id, self.bob.id, 1001, CORRECTION)
        unknown = (self.alice.id, UNKNOWN, 1, CORRECTION)
        self.assertRefused(
            InsufficientFunds, lambda: self._post(short, unknown), account_id=self.alice.id
        )
        self.assertRefused(InvalidPosting, lambda: self._post(unknown, short), account_id=UNKNOWN)

    def test_a_note_in_other_words_is_the_same_act(self):
        first = self._book((self.alice, self.bob, 10), key='note', note='Thank you')
        again = self._book((self.alice, self.bob, 10), key='note', note='谢谢')
        self.assertEqual((again.posting_id, again.is_new), (first.posting_id, False))
        back = [Reversal(first.transfers[0])]
        first_back = self.ledger.reverse(back, key='back', note='Sorry')
        again_back = self.ledger.reverse(back, key='back', note='抱歉')
        self.assertEqual((again_back.posting_id, again_back.is_new), (first_back.posting_id, False))
        notes = self.env['wx.ledger.posting'].browse([first.posting_id, first_back.posting_id])
        self.assertEqual(notes.mapped('note'), ['Thank you', 'Sorry'])
        self.assertEqual(self._balances(self.alice, self.bob), [1000, 0])


@tagged('post_install', '-at_install')
class TestForgotten(LedgerCase):
    """What was read before an act is read again after it."""

    def test_what_was_read_of_a_transfer_before_its_reversal(self):
        posted = self._book((self.alice, self.bob, 10), key='one')
        transfer = self.env['wx.ledger.transfer'].browse(posted.transfers)
        self.assertEqual((transfer.reversed_amount, len(transfer.reversal_ids)), (0, 0))
        back = self.ledger.reverse([Reversal(transfer.id, 4)], key='back')
        self.assertEqual(transfer.reversed_amount, 4)
        self.assertEqual(transfer.reversal_ids._ids, back.transfers)

    def test_what_was_read_of_a_hold_before_its_release(self):
        held = self.ledger.hold(self.alice.id, 10, key='hold', reason=CORRECTION)
        hold = self.env['wx.ledger.hold'].browse(held.hold_id)

        def read():
            state = (hold.state, hold.released, hold.remaining, bool(hold.closed_at))
            return (*state, hold.event_ids.mapped('kind'), self.alice.held, self.alice.available)

        self.assertEqual(read(), ('open', 0, 10, False, ['opened'], 10, 990))
        self.ledger.release(held.hold_id)
        self.assertEqual(read(), ('released', 10, 0, True, ['opened', 'released'], 0, 1000))

    def test_what_was_read_of_a_lot_before_it_is_spent(self):
        asset = self._create_asset('EXPF', expiring=True, expiry_days=30)
        owner = self._create_account(asset)
        self._book((self.accounts._central(asset), owner, 10), key='give')
        lot = self.env['wx.ledger.lot'].search([('account_id', '=', owner.id)])
        self.assertEqual((lot.remaining, len(lot.move_ids)), (10, 0))
        self._book((owner, self.accounts._of_purpose(asset, 'sales'), 3), key='spend')
        self.assertEqual((lot.remaining, lot.move_ids.mapped('amount')), (7, [-3]))

    def test_every_column_that_a_function_updates_is_forgotten(self):
        # The guards know which columns change; the cache has to know the same.
        for table in ('hold', 'lot'):
            self.assertLessEqual(RESTRICTED[table], set(CHANGED_BY_SQL[f'wx.ledger.{table}']))
