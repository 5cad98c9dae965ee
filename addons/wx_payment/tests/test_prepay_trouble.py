from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict, OutcomeUnknown, RefusedByProvider

from .common import WAY, PaymentCommon, channel_values

ATTEMPT_LOGGER = 'odoo.addons.wx_payment.models.wx_payment_attempt_prepay'


@tagged('post_install', '-at_install')
class TestPrepayTrouble(PaymentCommon):
    """What can go wrong when a payment is opened."""

    @mute_logger(ATTEMPT_LOGGER)
    def test_timeout_of_prepay_is_unknown_and_not_failed(self):
        order = self._create_order()
        self.wechat.faults['prepay'] = [TimeoutError('read')]
        self._expect(OutcomeUnknown, order._pay, WAY)
        self.assertRecordValues(order, [{'state': 'pending'}])
        self.assertRecordValues(order.attempt_ids, [{'state': 'draft', 'prepay_id': False}])
        self.assertTrue(order.attempt_ids.next_try_at)

    @mute_logger(ATTEMPT_LOGGER)
    def test_prepay_is_repeated_with_the_same_number_after_a_timeout(self):
        order = self._create_order()
        self.wechat.faults['prepay'] = [('after', TimeoutError('read'))]
        self._expect(OutcomeUnknown, order._pay, WAY)
        answer = order._pay(WAY)
        self.assertEqual(len(order.attempt_ids), 1)
        self.assertEqual(len(self.wechat.orders), 1)
        self.assertTrue(answer['invoke']['paySign'])

    @mute_logger(ATTEMPT_LOGGER)
    def test_an_order_does_not_stick_to_a_channel_that_went_down(self):
        order = self._create_order()
        self.wechat.faults['prepay'] = [TimeoutError('read')] * 2
        self._expect(OutcomeUnknown, order._pay, WAY)
        lost = order.attempt_ids
        self.channel.health = 'down'
        self._expect(OutcomeUnknown, order._pay, WAY)
        self.assertEqual(order.attempt_ids, lost)  # there is no other channel
        values = channel_values(self.app, slug='second-channel', name='Second')
        second = self.env['wx.payment.channel'].create(values)
        self.assertTrue(order._pay(WAY)['invoke'])
        attempt = order.attempt_ids - lost
        self.assertEqual((attempt.channel_id, attempt.state), (second, 'open'))
        self.assertEqual(lost.state, 'draft')
        order._cancel('no')
        self.assertEqual(set(order.attempt_ids.mapped('state')), {'closed'})

    @mute_logger(ATTEMPT_LOGGER)
    def test_server_error_of_prepay_is_unknown(self):
        order = self._create_order()
        self.wechat.faults['prepay'] = [(500, 'SYSTEM_ERROR')]
        self._expect(OutcomeUnknown, order._pay, WAY)
        self.assertEqual(order.attempt_ids.state, 'draft')

    @mute_logger(ATTEMPT_LOGGER)
    def test_refusal_of_prepay_is_told_and_kept_for_the_staff(self):
        order = self._create_order()
        self.wechat.faults['prepay'] = [(400, 'APPID_MCHID_NOT_MATCH')]
        self._expect(RefusedByProvider, order._pay, WAY)
        self.assertIn('APPID_MCHID_NOT_MATCH', order.attempt_ids.last_error)
        self.assertEqual(order.state, 'pending')
        self.assertTrue(order._pay(WAY)['invoke'])

    @mute_logger(ATTEMPT_LOGGER)
    def test_number_closed_at_the_provider_is_replaced_by_another(self):
        order, attempt = self._create_pending()
        attempt.prepay_at = False
        self.wechat.orders[attempt.out_trade_no]['trade_state'] = 'CLOSED'
        self._expect(Conflict, order._pay, WAY)
        self.assertEqual(attempt.state, 'closed')
        order._pay(WAY)
        self.assertEqual(order.attempt_ids.sorted('id').mapped('state'), ['closed', 'open'])
        self.assertEqual(order.attempt_ids.sorted('id')[1].out_trade_no, f'{order.name}_2')

    @mute_logger(ATTEMPT_LOGGER)
    def test_number_used_with_other_parameters_is_closed_and_replaced(self):
        order, attempt = self._create_pending()
        attempt.prepay_at = False
        self.wechat.faults['prepay'] = [(403, 'OUT_TRADE_NO_USED')]
        self._expect(Conflict, order._pay, WAY)
        self.assertEqual(attempt.state, 'closed')
        self.assertEqual(self.wechat.orders[attempt.out_trade_no]['trade_state'], 'CLOSED')

    @mute_logger(ATTEMPT_LOGGER)
    def test_prepay_of_a_paid_number_books_the_payment(self):
        order, attempt = self._create_pending()
        attempt.prepay_at = False
        self.wechat.pay(attempt.out_trade_no)
        self._expect(Conflict, order._pay, WAY)
        self.assertEqual((order.state, attempt.state), ('paid', 'paid'))
        self.assertEqual(self.hooks.calls, [('paid', order.res_id)])

    def test_order_closed_during_the_prepay_call_is_a_conflict(self):
        order = self._create_order()

        def close():
            order.attempt_ids.state = 'closed'
            order.state = 'closed'

        self.wechat.before['prepay'] = close
        self._expect(Conflict, order._pay, WAY)
        self.assertEqual(order.state, 'closed')
