from odoo.tests import TransactionCase, tagged

from .. import const, utils


@tagged('post_install', '-at_install')
class TestConst(TransactionCase):
    def test_every_state_has_its_row_and_moves_to_known_states(self):
        for states, transitions in (
            (const.TEMPLATE_STATES, const.TEMPLATE_TRANSITIONS),
            (const.COUPON_STATES, const.COUPON_TRANSITIONS),
            (const.JOB_STATES, const.JOB_TRANSITIONS),
        ):
            names = {key for key, _label in states}
            self.assertEqual(names, set(transitions))
            for targets in transitions.values():
                self.assertIsInstance(targets, frozenset)
                self.assertLessEqual(targets, names)

    def test_an_expired_or_void_coupon_never_comes_back(self):
        for state in ('expired', 'void'):
            self.assertFalse(const.COUPON_TRANSITIONS[state])

    def test_codes_have_no_characters_that_look_alike(self):
        self.assertFalse(set('01OIL') & set(const.CODE_ALPHABET))
        self.assertEqual(len(set(const.CODE_ALPHABET)), len(const.CODE_ALPHABET))

    def test_a_code_is_read_as_it_was_printed(self):
        code = utils.make_code()
        printed = utils.print_code(code)
        self.assertRegex(printed, r'^[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}$')
        self.assertEqual(utils.read_code(printed), code)
        self.assertEqual(utils.read_code(f' {printed.lower()} '), code)

    def test_what_cannot_be_a_code_is_none(self):
        for typed in ('', 'ABCD', 'ABCD-EFGH-JK0M', "' OR 1=1 -- xxx", 'Ａ' * 12, '%' * 12):
            self.assertIsNone(utils.read_code(typed), typed)

    def test_yuan_become_fen_without_losing_any(self):
        for yuan, fen in ((0, 0), (0.1, 10), (19.99, 1999), (1.005, 101), (False, 0)):
            self.assertEqual(utils.to_fen(yuan), fen, yuan)
