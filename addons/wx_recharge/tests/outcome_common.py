from .common import SUBMIT, RechargeCase


class OutcomeCase(RechargeCase):
    """A paid order whose attempt was answered."""

    def submitted(self, answer=None, **values):
        """Return a paid order and its attempt after the submit was answered with `answer`."""
        order, attempt = self.paid_order(**values)
        if answer is not None:
            self.outside.on(SUBMIT, answer)
        self.run_attempt(attempt)
        return order, attempt

    def assertUntouched(self, order):
        """Nothing was sent again, refunded or sent elsewhere."""
        self.assertEqual(order.state, 'fulfilling')
        self.assertEqual(len(order.attempt_ids), 1)
        self.assertFalse(order.payment_order_id.refund_ids)
        self.assertEqual(len(self.submits()), 1)
