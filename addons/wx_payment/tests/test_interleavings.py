import os
import random
import threading
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from odoo.addons.wx_ledger.exceptions import InsufficientFunds
from odoo.addons.wx_ledger.values import Transfer

from ..values import Way
from .common import WAY
from .fake_wechat_pay import FakeWeChatPay
from .race import TAGS, PaymentRaceCase

# A longer run: WX_INTERLEAVING_STEPS=100000 WX_INTERLEAVING_SEED=7
STEPS = int(os.environ.get('WX_INTERLEAVING_STEPS', '2000'))
SEED = int(os.environ.get('WX_INTERLEAVING_SEED', '1'))
STEPS_IN_A_RUN = 250
CONNECTIONS = 4
PRICE = 100
FUNDS = 700
ROUNDS = 60
# What may happen, and how often in comparison.
WEIGHTS = {
    'new': 3,
    'pay': 8,
    'pay_otherwise': 3,
    'customer_pays': 5,
    'notice': 5,
    'process': 5,
    'query': 4,
    'cancel': 2,
    'expire': 2,
    'refund': 4,
    'send_refunds': 3,
    'finish_refund': 3,
    'spend': 2,
}


class SerialWeChatPay(FakeWeChatPay):
    """One request at a time; it remembers who has paid, also after closing."""

    def __init__(self):
        super().__init__()
        self.lock = threading.RLock()

    def __call__(self, *args, **kwargs):
        with self.lock:
            return super().__call__(*args, **kwargs)

    def customer_pays(self, rng):
        """Have somebody pay any number that nobody has paid, a closed one too, now and then of
        a wrong amount."""
        with self.lock:
            unpaid = [number for number, order in self.orders.items() if 'total' not in order]
            if unpaid:
                total = PRICE + 1 if rng.random() < 0.05 else None
                self.pay(rng.choice(unpaid), total=total)

    def finish_any(self, rng):
        with self.lock:
            open_ = [no for no, refund in self.refunds.items() if refund['status'] == 'PROCESSING']
            if open_:
                self.finish_refund(rng.choice(open_), rng.choice(('SUCCESS', 'SUCCESS', 'CLOSED')))

    @property
    def received_fen(self):
        return sum(order.get('total', 0) for order in self.orders.values())

    @property
    def returned_fen(self):
        return sum(
            refund['request']['amount']['refund']
            for refund in self.refunds.values()
            if refund['status'] == 'SUCCESS'
        )


@tagged(*TAGS)
class TestInterleavings(PaymentRaceCase):
    """Whatever happens in whatever order over several connections: no fen is lost or made."""

    provider = SerialWeChatPay

    def test_no_fen_is_lost_and_nothing_is_served_twice(self):
        rng = random.Random(SEED)
        for run in range(-(-STEPS // STEPS_IN_A_RUN)):
            with self.subTest(seed=SEED, run=run):
                self._play(random.Random(rng.random()), run)

    def _play(self, rng, run):
        self._begin(run)
        for _wave in range(STEPS_IN_A_RUN // CONNECTIONS):
            self._together(*[self._draw(rng) for _ in range(CONNECTIONS)])
        self._drain()
        self._check()

    def _begin(self, run):
        self.wechat.orders.clear()
        self.wechat.refunds.clear()
        self.hooks.calls.clear()
        self.order_ids = []
        self.spent = 0
        with self._transaction() as env:
            accounts = env['wx.ledger.account']
            cny = env.ref('wx_ledger.wx_ledger_asset_cny')
            user = env['wx.user'].browse(self.ids['wx_user'])
            channel = env['wx.payment.channel'].browse(self.ids['channel'])
            wallet = accounts._of_owner(cny, user, 'customer')
            self.accounts = {
                'wallet': wallet.id,
                'central': accounts._central(cny).id,
                'clearing': accounts._of_purpose(cny, 'clearing', channel).id,
                **{
                    name: accounts._of_purpose(cny, name).id
                    for name in ('sales', 'refund', 'suspense')
                },
            }
            env['wx.ledger'].post(
                [Transfer(self.accounts['central'], wallet.id, FUNDS, '100001')],
                key=f'race funds {self.slug} {run}',
            )
        self.before = self._balances()

    def _balances(self):
        with self._transaction() as env:
            found = env['wx.ledger'].balance(list(self.accounts.values()))
            return {name: found[account].balance for name, account in self.accounts.items()}

    # === STEPS === #

    def _draw(self, rng):
        """Return one step as a function of an environment."""
        name = rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        # A step that loses a race is done again: it must draw the same again.
        seed = rng.random()
        return lambda env: getattr(self, f'_do_{name}')(env, random.Random(seed))

    def _order(self, env, rng):
        if not self.order_ids:
            return env['wx.payment.order']
        return env['wx.payment.order'].browse(rng.choice(self.order_ids))

    def _do_new(self, env, rng):
        order = env['wx.payment.order']._create_for(
            env['res.partner'].create({'name': 'Race document'}),
            env['wx.user'].browse(self.ids['wx_user']),
            PRICE,
            'Race',
            fields.Datetime.now() + timedelta(hours=1),
        )
        env.cr.postcommit.add(lambda: self.order_ids.append(order.id))

    def _do_pay(self, env, rng):
        for order in self._order(env, rng):
            order._pay(WAY)

    def _do_pay_otherwise(self, env, rng):
        units = rng.choice((10, 40, PRICE))
        for order in self._order(env, rng):
            order._pay(Way('wxpay_v3', wallets=(('CNY', units),)))

    def _do_customer_pays(self, env, rng):
        self.wechat.customer_pays(rng)

    def _do_notice(self, env, rng):
        with self.wechat.lock:
            paid = [
                number
                for number, order in self.wechat.orders.items()
                if order['trade_state'] == 'SUCCESS'
            ]
            if not paid:
                return
            notice = self.wechat.notice(self.wechat.transaction(rng.choice(paid)))
        self._receive(notice)(env)

    def _do_process(self, env, rng):
        notices = env['wx.payment.notification'].search(
            [('channel_id', '=', self.ids['channel']), ('state', '=', 'received')], limit=2
        )
        for notice in notices:
            notice._job_run()

    def _do_query(self, env, rng):
        for attempt in self._order(env, rng).attempt_ids[:1]:
            attempt._job_run()

    def _do_cancel(self, env, rng):
        for order in self._order(env, rng):
            order._cancel('somebody')

    def _do_expire(self, env, rng):
        for order in self._order(env, rng):
            order.expires_at = fields.Datetime.now() - timedelta(seconds=1)
            order._job_run()

    def _do_refund(self, env, rng):
        amount_fen = rng.choice((1, 30, PRICE))
        for order in self._order(env, rng):
            order._request_refund(amount_fen, 'Race')

    def _do_send_refunds(self, env, rng):
        for refund in self._order(env, rng).refund_ids.filtered('attempt_id')[:1]:
            refund._job_run()

    def _do_finish_refund(self, env, rng):
        self.wechat.finish_any(rng)

    def _do_spend(self, env, rng):
        units = rng.choice((5, 20))
        try:
            env['wx.ledger'].post(
                [Transfer(self.accounts['wallet'], self.accounts['central'], units, '300001')],
                key=f'race spent {self.slug} {rng.random()}',
            )
        except InsufficientFunds:
            return
        env.cr.postcommit.add(lambda: self._note_spent(units))

    def _note_spent(self, units):
        with self.wechat.lock:
            self.spent += units

    # === THE END === #

    def _drain(self):
        """Let everything that works by itself come to its end."""
        for _round in range(ROUNDS):
            with self.wechat.lock:
                for number, refund in self.wechat.refunds.items():
                    if refund['status'] == 'PROCESSING':
                        self.wechat.finish_refund(number)
            if not any(self._retry(step) for step in (self._process_all, self._run_all)):
                return
        self.fail('it does not come to an end')

    def _process_all(self, env):
        notices = env['wx.payment.notification'].search(
            [('channel_id', '=', self.ids['channel']), ('state', '=', 'received')]
        )
        for notice in notices:
            notice._job_run()
        return len(notices)

    def _run_all(self, env):
        orders = env['wx.payment.order'].browse(self.order_ids)
        # The provider also tells of what nobody has sent a notice for.
        unasked = (
            env['wx.payment.attempt']
            .search([('order_id', 'in', orders.ids), ('state', '=', 'closed')])
            .filtered(lambda attempt: 'total' in self.wechat.orders.get(attempt.out_trade_no, {}))
        )
        for attempt in unasked:
            self._receive(self.wechat.notice(self._success(attempt.out_trade_no)))(env)
        unpaid = orders.filtered(lambda order: order.state in ('draft', 'pending'))
        unpaid.expires_at = fields.Datetime.now() - timedelta(seconds=1)
        refunds = orders.refund_ids.filtered('is_open')
        for record in (*unpaid, *refunds):
            record._job_run()
        return len(unasked) + len(unpaid) + len(refunds)

    def _success(self, number):
        return self.wechat.transaction(number, trade_state='SUCCESS')

    def _check(self):
        moved = {name: now - self.before[name] for name, now in self._balances().items()}
        with self._transaction() as env:
            orders = env['wx.payment.order'].browse(self.order_ids)
            states = set(orders.mapped('state'))
            self.assertLessEqual(states, {'paid', 'refunded', 'closed'})
            kept = sum(orders.mapped(lambda order: order.paid_fen - order.refunded_fen))
            wallets = orders.leg_ids.filtered(lambda leg: leg.kind == 'wallet')
            taken = sum(
                leg.units - leg.units_refunded for leg in wallets if leg.state == 'confirmed'
            )
            paid = orders.filtered('paid_fen').mapped('res_id')
            # What a provider would not take back waits there for a person.
            waiting = sum(
                attempt.refundable_fen
                for attempt in orders.attempt_ids
                if attempt.state == 'suspense'
            )
            differences = env['wx.ledger'].prove(list(self.accounts.values()))
            held = env['wx.ledger'].balance([self.accounts['wallet']])
        at_provider = self.wechat.received_fen - self.wechat.returned_fen
        self.assertEqual(moved['clearing'], -at_provider)
        self.assertEqual(moved['sales'], kept)
        self.assertEqual(kept + waiting, at_provider + taken)
        self.assertEqual((moved['refund'], moved['suspense']), (0, waiting))
        self.assertEqual(moved['wallet'], -taken - self.spent)
        self.assertEqual(held[self.accounts['wallet']].held, 0)
        self.assertGreaterEqual(held[self.accounts['wallet']].balance, 0)
        served = [number for what, number in self.hooks.calls if what == 'paid']
        self.assertEqual(sorted(served), sorted(paid))
        self.assertEqual(differences, ())
