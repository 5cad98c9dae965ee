from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict, InvalidInput
from odoo.addons.wx_ledger.values import Transfer

from ..values import Way
from .common import PaymentCommon

STATES = 'odoo.addons.wx_payment.models.wx_payment_state_mixin'
MIXED = Way('wxpay_v3', wallets=(('CNY', 30),))


class WalletCommon(PaymentCommon):
    """A customer with 80 fen and 500 points, of which 10 are worth 1 fen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ledger = cls.env['wx.ledger']
        cls.accounts = cls.env['wx.ledger.account']
        cls.cny = cls.env.ref('wx_ledger.wx_ledger_asset_cny')
        cls.points = cls.env.ref('wx_ledger.wx_ledger_asset_points')
        cls.points.payable = True
        cls.env['wx.ledger.rate'].create(
            {
                'source_asset_id': cls.points.id,
                'target_asset_id': cls.cny.id,
                'source_amount': 10,
                'target_amount': 1,
            }
        )
        cls.wallet = cls._fund(cls.cny, 80)
        cls.purse = cls._fund(cls.points, 500)

    @classmethod
    def _fund(cls, asset, units):
        account = cls.accounts._of_owner(asset, cls.wx_user, 'customer')
        cls.ledger.post(
            [Transfer(cls.accounts._central(asset).id, account.id, units, '100001')],
            key=f'test funds {asset.code}',
        )
        return account

    def _system(self, purpose, asset=None, ref=None):
        return self.accounts._of_purpose(asset or self.cny, purpose, ref)

    def _state(self, account):
        """Return `(balance, held)`."""
        found = self.ledger.balance([account.id])[account.id]
        return found.balance, found.held

    def _balances(self):
        """Return what the order's accounts hold: clearing, sales, refunds, suspense."""
        return tuple(
            self._state(account)[0]
            for account in (
                self._system('clearing', ref=self.channel),
                self._system('sales'),
                self._system('refund'),
                self._system('suspense'),
            )
        )

    def _pay_mixed(self, way=MIXED, amount_fen=100):
        """Return an order that a wallet and WeChat Pay have paid together."""
        order = self._create_order(amount_fen)
        order._pay(way)
        self._deliver(self.wechat.pay(order.attempt_ids.out_trade_no))
        self.assertEqual(order.state, 'paid')
        return order


@tagged('post_install', '-at_install')
class TestWallet(WalletCommon):
    # === PAYING === #

    def test_a_payment_is_in_the_ledger(self):
        before = self._balances()
        self._create_paid(100)
        self.assertEqual(self._moved(before), (-100, 100, 0, 0))

    def _moved(self, before):
        return tuple(now - then for now, then in zip(self._balances(), before, strict=True))

    def test_wallet_money_is_held_before_the_customer_is_sent_to_the_provider(self):
        order = self._create_order(100)
        answer = order._pay(MIXED)
        self.assertEqual(answer['state'], 'pending')
        self.assertEqual(self._state(self.wallet), (80, 30))
        self.assertEqual(order.attempt_ids.amount_fen, 70)
        self.assertEqual(order.state, 'pending')

    def test_success_of_the_provider_confirms_the_wallet(self):
        before = self._balances()
        order = self._pay_mixed()
        self.assertEqual(self._state(self.wallet), (50, 0))
        self.assertEqual(self._moved(before), (-70, 100, 0, 0))
        self.assertEqual(set(order.leg_ids.mapped('state')), {'confirmed'})
        self.assertEqual(self.hooks.calls, [('paid', order.res_id)])

    def test_closing_releases_the_wallet(self):
        order = self._create_order(100)
        order._pay(MIXED)
        order._cancel('no')
        self.assertEqual(order.state, 'closed')
        self.assertEqual(self._state(self.wallet), (80, 0))
        self.assertEqual(set(order.leg_ids.mapped('state')), {'released'})

    def test_a_wallet_pays_all_of_it_at_once(self):
        order = self._create_order(80)
        answer = order._pay(Way(wallets=(('CNY', None),)))
        self.assertEqual((answer['state'], answer['invoke']), ('paid', {}))
        self.assertEqual((order.state, order.paid_fen), ('paid', 80))
        self.assertEqual(self._state(self.wallet), (0, 0))
        self.assertFalse(order.attempt_ids)
        self.assertEqual(self.wechat.calls, [])

    def test_points_pay_at_their_rate(self):
        before = self._balances()
        order = self._create_order(100)
        order._pay(Way('wxpay_v3', wallets=(('POINTS', None), ('CNY', None))))
        self.assertEqual(self._state(self.purse), (0, 0))
        self.assertEqual(self._state(self.wallet), (30, 0))
        self.assertEqual(order.state, 'paid')
        self.assertEqual(self._moved(before), (0, 100, 0, 0))

    def test_the_same_way_again_holds_nothing_more(self):
        order = self._create_order(100)
        order._pay(MIXED)
        order._pay(MIXED)
        self.assertEqual(self._state(self.wallet), (80, 30))
        self.assertEqual(len(order.attempt_ids), 1)

    def test_another_way_gives_up_what_was_begun(self):
        order = self._create_order(100)
        order._pay(MIXED)
        first = order.attempt_ids
        order._pay(Way('wxpay_v3', wallets=(('CNY', 10),)))
        self.assertEqual(first.state, 'closed')
        self.assertEqual(self._state(self.wallet), (80, 10))
        self.assertEqual((order.attempt_ids - first).amount_fen, 90)

    # === REFUSALS === #

    def test_too_little_in_the_wallet_changes_nothing(self):
        order = self._create_order(100)
        with self.assertRaises(Conflict), self.env.cr.savepoint():
            order._pay(Way('wxpay_v3', wallets=(('CNY', 81),)))
        self.assertEqual(self._state(self.wallet), (80, 0))
        self.assertEqual(self.wechat.calls, [])

    def test_wallets_that_do_not_cover_the_order_need_a_channel(self):
        order = self._create_order(100)
        caught = self._expect(Conflict, order._pay, Way(wallets=(('CNY', None),)))
        self.assertEqual(caught.data, {'missing_fen': 20})

    def test_wallets_never_pay_more_than_the_order_costs(self):
        order = self._create_order(20)
        self._expect(InvalidInput, order._pay, Way(wallets=(('CNY', 21),)))
        self._expect(InvalidInput, order._pay, Way(wallets=(('CNY', 10), ('CNY', 10))))
        self.assertEqual(self._state(self.wallet), (80, 0))

    def test_an_asset_that_does_not_pay_is_refused(self):
        self.points.payable = False
        order = self._create_order(20)
        self._expect(Conflict, order._pay, Way('wxpay_v3', wallets=(('POINTS', 10),)))
        self._expect(Conflict, order._pay, Way('wxpay_v3', wallets=(('NONE', 10),)))

    @mute_logger(STATES)
    def test_a_wallet_frozen_after_the_hold_does_not_keep_the_order_from_being_served(self):
        order = self._create_order(100)
        order._pay(MIXED)
        self.wallet._set_state('frozen', 'test')
        self._deliver(self.wechat.pay(order.attempt_ids.out_trade_no))
        self.assertEqual((order.state, order.paid_fen), ('paid', 100))
        self.assertEqual(self.hooks.calls, [('paid', order.res_id)])
        self.assertEqual(self._state(self.wallet), (80, 30))
        self._run_jobs(order)
        self.assertEqual(self._state(self.wallet), (80, 30))
        self.assertTrue(order.next_try_at)
        self.wallet._set_state('open', '')
        self._run_jobs(order)
        self.assertEqual(self._state(self.wallet), (50, 0))
        self.assertFalse(order.next_try_at)
        self.assertEqual(self.hooks.calls, [('paid', order.res_id)])

    @mute_logger(STATES)
    def test_a_refund_waits_for_a_frozen_wallet(self):
        order = self._create_order(80)
        order._pay(Way(wallets=(('CNY', None),)))
        self.wallet._set_state('frozen', 'test')
        refund = order._request_refund(30, 'part')
        self.assertEqual((refund.state, order.refunding_fen), ('queued', 30))
        self.assertEqual(self._state(self.wallet), (0, 0))
        self.wallet._set_state('open', '')
        self._run_jobs(refund)
        self.assertEqual((refund.state, order.refunded_fen), ('done', 30))
        self.assertEqual(self._state(self.wallet), (30, 0))

    # === REFUNDS === #

    def test_a_refund_goes_back_the_way_the_money_came(self):
        before = self._balances()
        order = self._pay_mixed()
        refunds = order._request_refund(80, 'part')
        self.assertRecordValues(
            refunds.sorted('id'),
            [{'amount_fen': 70, 'state': 'queued'}, {'amount_fen': 10, 'state': 'done'}],
        )
        self.assertEqual(self._state(self.wallet), (60, 0))
        self.assertEqual(self._moved(before), (-70, 20, 70, 0))
        self._run_jobs(refunds.filtered('attempt_id'))
        self.wechat.finish_refund(refunds[0].out_refund_no, 'SUCCESS')
        self._deliver_raw(*self.wechat.refund_notice(refunds[0].out_refund_no))
        self.assertEqual(self._moved(before), (0, 20, 0, 0))
        self.assertEqual((order.state, order.refunded_fen), ('paid', 80))

    def test_wallets_can_be_refunded_first(self):
        self.env.company.wx_refund_first = 'wallet'
        order = self._pay_mixed()
        order._request_refund(30, 'part')
        self.assertEqual(self._state(self.wallet), (80, 0))
        self.assertEqual(order.refunded_fen, 30)

    def test_parts_that_go_back_at_once_are_told_as_one(self):
        self.env.company.wx_refund_first = 'wallet'
        wallets = (('CNY', 30), ('POINTS', 500))
        for way in (Way('wxpay_v3', wallets=wallets), Way(wallets=wallets)):
            with self.subTest(channel=way.channel_kind):
                amount_fen = 100 if way.channel_kind else 80
                order = self._create_order(amount_fen)
                order._pay(way)
                if way.channel_kind:
                    self._deliver(self.wechat.pay(order.attempt_ids.out_trade_no))
                self.assertEqual(order.state, 'paid')
                self.hooks.calls.clear()
                order._request_refund(amount_fen, 'all')
                told = 'refunding' if way.channel_kind else 'refunded'
                self.assertEqual(self.hooks.calls, [(told, order.res_id)])

    def test_small_refunds_of_points_return_as_many_as_one(self):
        order = self._create_order(50)
        order._pay(Way(wallets=(('POINTS', 500),)))
        self.assertEqual(self._state(self.purse), (0, 0))
        for _part in range(10):
            order._request_refund(5, 'part')
        self.assertEqual(self._state(self.purse), (500, 0))
        self.assertEqual(order.state, 'refunded')
        self.assertEqual(self.hooks.calls[-1], ('refunded', order.res_id))

    @mute_logger(STATES)
    def test_money_in_suspense_is_in_the_ledger(self):
        before = self._balances()
        order, attempt = self._create_pending(100)
        self._deliver(self.wechat.pay(attempt.out_trade_no, total=101))
        self.assertEqual(attempt.state, 'suspense')
        # Its refund is begun at once.
        self.assertEqual(self._moved(before), (-101, 0, 101, 0))
        self._run_jobs(order.refund_ids)
        self.wechat.finish_refund(order.refund_ids.out_refund_no, 'SUCCESS')
        self._deliver_raw(*self.wechat.refund_notice(order.refund_ids.out_refund_no))
        self.assertEqual(self._moved(before), (0, 0, 0, 0))
