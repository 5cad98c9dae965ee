from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..exceptions import (
    DuplicateKey,
    FrozenAccount,
    HoldClosed,
    InsufficientFunds,
    InvalidPosting,
)
from ..models.wx_ledger_cron import WxLedger
from ..values import Portion
from .common import LedgerCase

WITHDRAWAL = '300001'


@tagged('post_install', '-at_install')
class TestHold(LedgerCase):
    def _hold(self, amount=400, key='h1', **values):
        return self.ledger.hold(self.alice.id, amount, key=key, reason=WITHDRAWAL, **values)

    def _capture(self, hold, *portions, key='c1', **values):
        return self.ledger.capture(hold.hold_id, portions, key=key, **values)

    def _state(self):
        """Return balance, held and available of Alice."""
        state = self.ledger.balance([self.alice.id])[self.alice.id]
        return state.balance, state.held, state.available

    def _events(self, hold):
        record = self.env['wx.ledger.hold'].browse(hold.hold_id)
        return [(event.kind, event.amount) for event in record.event_ids]

    def test_what_is_held_is_not_available(self):
        hold = self._hold()
        self.assertEqual((hold.state, hold.amount, hold.is_new), ('open', 400, True))
        self.assertEqual(self._state(), (1000, 400, 600))
        self.assertRefused(
            InsufficientFunds, lambda: self._book((self.alice, self.bob, 601), key='t1')
        )
        self.assertRefused(InsufficientFunds, lambda: self._hold(601, 'h2'))
        self._book((self.alice, self.bob, 600), key='t1')
        self.assertEqual(self._state(), (400, 400, 0))

    def test_the_same_hold_twice_is_one(self):
        first = self._hold()
        second = self._hold()
        self.assertEqual((second.hold_id, second.is_new), (first.hold_id, False))
        self.assertEqual(self._state(), (1000, 400, 600))
        self.assertRefused(DuplicateKey, lambda: self._hold(401), first=first.hold_id)

    def test_a_capture_sends_all_of_it(self):
        captured = self._capture(self._hold(), Portion(self.sales.id))
        self.assertEqual((captured.state, captured.captured), ('captured', 400))
        self.assertEqual(self._state(), (600, 0, 600))
        self.assertEqual(self._balances(self.sales), [400])
        transfer = self.env['wx.ledger.transfer'].browse(captured.posted.transfers)
        self.assertEqual(transfer.reason_id.code, WITHDRAWAL)
        self.assertEqual(transfer.hold_id.id, captured.hold_id)
        self.assertProven()

    def test_a_capture_of_a_part_releases_the_rest(self):
        hold = self._hold()
        captured = self._capture(hold, Portion(self.sales.id, 100))
        self.assertEqual((captured.captured, captured.released), (100, 300))
        self.assertEqual(self._state(), (900, 0, 900))
        self.assertEqual(
            self._events(hold), [('opened', 400), ('captured', 100), ('released', 300)]
        )

    def test_a_capture_may_go_to_several_accounts(self):
        system = self.accounts._of_purpose(self.asset, 'fee')
        portions = (Portion(system.id, 30, '500002'), Portion(self.sales.id))
        self._capture(self._hold(), *portions)
        self.assertEqual(self._balances(system, self.sales), [30, 370])
        self.assertProven()

    def test_a_hold_may_be_kept_open_for_later_captures(self):
        hold = self._hold()
        first = self._capture(hold, Portion(self.sales.id, 100), keep_open=True)
        self.assertEqual((first.state, first.captured, first.released), ('open', 100, 0))
        self.assertEqual(self._state(), (900, 300, 600))
        last = self._capture(hold, Portion(self.sales.id), key='c2')
        self.assertEqual((last.state, last.captured), ('captured', 400))
        self.assertEqual(self._state(), (600, 0, 600))
        self.assertProven()

    def test_more_than_is_held_is_not_captured(self):
        hold = self._hold()
        for amounts in ((401,), (400, None), (200, 201)):
            portions = [Portion(self.sales.id, amount) for amount in amounts]
            self.assertRefused(
                InvalidPosting, lambda p=portions: self._capture(hold, *p), hold_id=hold.hold_id
            )
        self.assertEqual(self._state(), (1000, 400, 600))

    def test_a_capture_never_lacks_funds(self):
        hold = self._hold()
        self._book((self.alice, self.bob, 600), key='t1')
        self._capture(hold, Portion(self.sales.id))
        self.assertEqual(self._state(), (0, 0, 0))

    def test_the_same_capture_twice_is_one(self):
        hold = self._hold()
        first = self._capture(hold, Portion(self.sales.id))
        again = self._capture(hold, Portion(self.sales.id))
        self.assertEqual(again.posted.posting_id, first.posted.posting_id)
        self.assertFalse(again.is_new)
        self.assertEqual(self._balances(self.sales), [400])

    def test_a_captured_hold_is_closed(self):
        hold = self._hold()
        self._capture(hold, Portion(self.sales.id))
        calls = (
            lambda: self._capture(hold, Portion(self.sales.id), key='c2'),
            lambda: self.ledger.release(hold.hold_id),
        )
        for call in calls:
            self.assertRefused(HoldClosed, call, hold_id=hold.hold_id, state='captured')

    def test_a_release_gives_all_back(self):
        released = self.ledger.release(self._hold().hold_id)
        self.assertEqual((released.state, released.released), ('released', 400))
        self.assertEqual(self._state(), (1000, 0, 1000))
        self.assertProven()

    def test_a_part_is_released_once_for_a_key(self):
        hold = self._hold()
        for _time in range(2):
            self.ledger.release(hold.hold_id, 150, key='r1')
        self.assertEqual(self._state(), (1000, 250, 750))
        self.assertRefused(DuplicateKey, lambda: self.ledger.release(hold.hold_id, 151, key='r1'))
        self.assertRefused(InvalidPosting, lambda: self.ledger.release(hold.hold_id, 251))

    def test_only_accounts_with_a_limit_have_holds(self):
        self.assertRefused(
            InvalidPosting,
            lambda: self.ledger.hold(self.sales.id, 1, key='h1', reason=WITHDRAWAL),
        )

    def test_a_frozen_account_holds_and_captures_nothing(self):
        hold = self._hold()
        self.alice._set_state('frozen', 'test')
        self.assertRefused(FrozenAccount, lambda: self._hold(1, 'h2'))
        self.assertRefused(FrozenAccount, lambda: self._capture(hold, Portion(self.sales.id)))
        self.ledger.release(hold.hold_id)
        self.assertEqual(self._state(), (1000, 0, 1000))

    def test_time_releases_a_hold_and_counts_until_then(self):
        past = fields.Datetime.now() - timedelta(days=1)
        due = self._hold(400, 'h1', expires_at=past)
        later = self._hold(100, 'h2', expires_at=fields.Datetime.now() + timedelta(days=2))
        self.assertEqual(self._state(), (1000, 500, 500))
        # The cursor of a test does not commit.
        with patch.object(WxLedger, '_go_on', autospec=True, return_value=True):
            self.ledger._cron_expire_holds()
        self.assertEqual(self._state(), (1000, 100, 900))
        self.assertEqual(self._events(due), [('opened', 400), ('expired', 400)])
        self.assertEqual(self._events(later), [('opened', 100)])
        self.assertRefused(
            HoldClosed, lambda: self._capture(due, Portion(self.sales.id)), state='expired'
        )
        self.assertProven()
