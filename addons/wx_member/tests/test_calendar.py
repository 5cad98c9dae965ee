from datetime import date

from odoo.tests import BaseCase, tagged

from ..timeline import Stretch, arrange
from ..utils import add_months, anchor_of, day_of, last_day, midnight
from .common import utc

NOW = utc(2027, 1, 31, 4)


@tagged('post_install', '-at_install')
class TestCalendar(BaseCase):
    """Days, months and their order, without a database."""

    def test_day_begins_at_midnight_in_shanghai(self):
        self.assertEqual(day_of(utc(2027, 1, 31, 15, 59, 59)), date(2027, 1, 31))
        self.assertEqual(day_of(utc(2027, 1, 31, 16)), date(2027, 2, 1))
        self.assertEqual(midnight(date(2027, 2, 1)), utc(2027, 1, 31, 16))

    def test_months_end_on_the_last_day_where_they_are_shorter(self):
        for day, months, expected in (
            (date(2027, 1, 31), 1, date(2027, 2, 28)),
            (date(2028, 1, 31), 1, date(2028, 2, 29)),
            (date(2027, 1, 31), 2, date(2027, 3, 31)),
            (date(2027, 3, 31), 1, date(2027, 4, 30)),
            (date(2028, 2, 29), 12, date(2029, 2, 28)),
            (date(2027, 12, 15), 1, date(2028, 1, 15)),
            (date(2027, 11, 30), 3, date(2028, 2, 29)),
        ):
            with self.subTest(day=day, months=months):
                self.assertEqual(add_months(day, months), expected)

    def test_the_day_that_was_meant_comes_back_after_a_short_month(self):
        february = add_months(date(2027, 1, 31), 1)
        anchor = anchor_of(february, 31)
        self.assertEqual(anchor, 31)
        self.assertEqual(add_months(february, 1, anchor), date(2027, 3, 31))

    def test_a_day_that_was_moved_stands_for_itself(self):
        self.assertEqual(anchor_of(date(2027, 3, 17), 31), 17)
        self.assertEqual(anchor_of(date(2027, 2, 28)), 28)

    def test_days_are_counted_as_days(self):
        self.assertEqual(last_day(date(2028, 2, 25), 7, 'day'), date(2028, 3, 3))
        self.assertEqual(last_day(date(2028, 2, 25), 7, 'month'), date(2028, 9, 25))

    # === TIMELINE === #

    def _arrange(self, *stretches):
        places = arrange(stretches, NOW, lambda day, follows: last_day(day, 1, 'month'))
        return [(place.key, place.start, place.end) for place in places]

    def test_what_is_added_to_nothing_begins_now_and_ends_at_midnight(self):
        self.assertEqual(self._arrange(Stretch(0, 10)), [(0, NOW, utc(2027, 2, 28, 16))])

    def test_the_same_level_is_added_behind(self):
        running = Stretch(1, 10, utc(2027, 1, 10, 4), utc(2027, 2, 10, 16))
        self.assertEqual(
            self._arrange(running, Stretch(0, 10)),
            [
                (1, running.start, running.end),
                (0, running.end, utc(2027, 3, 10, 16)),
            ],
        )

    def test_a_higher_level_goes_before_what_is_left_of_a_lower_one(self):
        running = Stretch(1, 10, utc(2027, 1, 10, 4), utc(2027, 2, 10, 16))
        self.assertEqual(
            self._arrange(running, Stretch(0, 20)),
            [
                (0, NOW, utc(2027, 2, 28, 16)),
                # Ten days were left after today.
                (1, utc(2027, 2, 28, 16), utc(2027, 3, 10, 16)),
            ],
        )

    def test_a_lower_level_waits_behind_a_higher_one(self):
        running = Stretch(1, 20, utc(2027, 1, 10, 4), utc(2027, 2, 10, 16))
        self.assertEqual(
            [key for key, _start, _end in self._arrange(running, Stretch(0, 10))], [1, 0]
        )

    def test_the_rest_of_the_last_day_is_not_kept(self):
        running = Stretch(1, 10, utc(2027, 1, 1, 4), utc(2027, 1, 31, 16))
        self.assertEqual(self._arrange(running, Stretch(0, 20)), [(0, NOW, utc(2027, 2, 28, 16))])
        self.assertEqual(self._arrange(running), [(1, running.start, running.end)])

    def test_nothing_added_moves_up_what_has_lost_its_forerunner(self):
        later = Stretch(2, 10, utc(2027, 2, 10, 16), utc(2027, 2, 20, 16))
        self.assertEqual(self._arrange(later), [(2, NOW, utc(2027, 2, 10, 16))])
