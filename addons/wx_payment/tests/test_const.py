from types import MappingProxyType

from odoo.tests import BaseCase, tagged

from .. import const


@tagged('post_install', '-at_install')
class TestConst(BaseCase):
    def test_tables_of_moves_cover_every_state_and_lead_to_known_ones(self):
        for states, moves in (
            (const.ORDER_STATES, const.ORDER_MOVES),
            (const.ATTEMPT_STATES, const.ATTEMPT_MOVES),
            (const.REFUND_STATES, const.REFUND_MOVES),
        ):
            names = {name for name, _label in states}
            self.assertIsInstance(moves, MappingProxyType)
            self.assertEqual(set(moves), names)
            for targets in moves.values():
                self.assertIsInstance(targets, frozenset)
                self.assertLessEqual(targets, names)

    def test_terminal_states_lead_nowhere(self):
        for moves, terminal in (
            (const.ORDER_MOVES, ('refunded', 'closed')),
            (const.ATTEMPT_MOVES, ('paid', 'suspense')),
            (const.REFUND_MOVES, ('done', 'closed')),
        ):
            for state in terminal:
                self.assertEqual(moves[state], frozenset())

    def test_no_state_moves_to_itself(self):
        for moves in (const.ORDER_MOVES, const.ATTEMPT_MOVES, const.REFUND_MOVES):
            for state, targets in moves.items():
                self.assertNotIn(state, targets)

    def test_a_closed_attempt_takes_late_money_only_as_suspense(self):
        self.assertEqual(const.ATTEMPT_MOVES['closed'], frozenset({'suspense'}))

    def test_provider_states_of_a_refund_are_states_here(self):
        names = {name for name, _label in const.REFUND_STATES}
        self.assertLessEqual(set(const.REFUND_STATUS_STATES.values()), names)
        self.assertEqual(
            set(const.REFUND_STATUS_STATES), {'SUCCESS', 'PROCESSING', 'ABNORMAL', 'CLOSED'}
        )

    def test_groups_of_states_are_sets_of_known_states(self):
        order_names = {name for name, _label in const.ORDER_STATES}
        attempt_names = {name for name, _label in const.ATTEMPT_STATES}
        self.assertLess(const.UNPAID_ORDER_STATES, order_names)
        self.assertLess(const.REFUNDABLE_ORDER_STATES, order_names)
        self.assertLess(const.LIVE_ATTEMPT_STATES, attempt_names)
        self.assertFalse(const.UNPAID_ORDER_STATES & const.REFUNDABLE_ORDER_STATES)

    def test_gaps_grow_and_begin_with_the_documented_ones(self):
        self.assertEqual(const.QUERY_GAPS, (5, 30, 60, 180, 300, 600, 1800))
        for gaps in (const.QUERY_GAPS, const.CLOSE_GAPS, const.REFUND_GAPS):
            self.assertEqual(list(gaps), sorted(gaps))
            self.assertTrue(all(isinstance(gap, int) for gap in gaps))
