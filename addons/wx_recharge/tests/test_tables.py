from odoo.tests import TransactionCase, tagged

from ..const import attempts, orders, shipping, suppliers
from ..lib.topup import normalized, reloadly_codes


@tagged('post_install', '-at_install')
class TestTables(TransactionCase):
    """Tables have the members and types they claim."""

    def test_every_order_state_has_a_row_of_transitions(self):
        self.assertEqual(
            set(orders.ORDER_TRANSITIONS), {key for key, _label in orders.ORDER_STATES}
        )

    def test_transitions_lead_to_known_states(self):
        known = set(orders.ORDER_TRANSITIONS)
        for state, targets in orders.ORDER_TRANSITIONS.items():
            with self.subTest(state=state):
                self.assertIsInstance(targets, frozenset)
                self.assertLessEqual(targets, known - {state})

    def test_terminal_states_lead_nowhere(self):
        terminal = {state for state, targets in orders.ORDER_TRANSITIONS.items() if not targets}
        self.assertEqual(terminal, {'refunded', 'closed', 'cancelled'})

    def test_attempt_states_are_those_of_the_library(self):
        states = [key for key, _label in attempts.ATTEMPT_STATES]
        self.assertEqual(states, [state.value for state in normalized.State])
        self.assertEqual(set(attempts.ATTEMPT_TRANSITIONS), set(states))
        self.assertEqual(set(attempts.ATTEMPT_IN_FLIGHT), set(normalized.IN_FLIGHT_STATES))

    def test_result_classes_are_those_of_the_library(self):
        classes = [key for key, _label in attempts.RESULT_CLASSES]
        self.assertEqual(set(classes), set(normalized.ErrorClass))

    def test_every_class_that_proves_a_failure_has_a_text_for_customers(self):
        self.assertEqual(set(attempts.FAILURE_OF_CLASS), set(normalized.NOT_EXECUTED))
        texts = {key for key, _label in orders.FAILURES}
        self.assertLessEqual(set(attempts.FAILURE_OF_CLASS.values()), texts)

    def test_in_flight_attempts_never_go_back_to_be_submitted_but_from_submitting_or_throttled(
        self,
    ):
        for state in ('accepted', 'processing', 'unknown'):
            self.assertNotIn('draft', attempts.ATTEMPT_TRANSITIONS[state])
            self.assertNotIn('submitting', attempts.ATTEMPT_TRANSITIONS[state])

    def test_each_endpoint_has_an_address(self):
        endpoints = {key for key, _label in suppliers.ENDPOINTS}
        self.assertEqual(endpoints - set(reloadly_codes.API_BASES), {'simulator'})

    def test_shipping_codes_do_not_overlap(self):
        self.assertFalse(shipping.SHIPPING_DONE_CODES & shipping.SHIPPING_RETRY_CODES)
