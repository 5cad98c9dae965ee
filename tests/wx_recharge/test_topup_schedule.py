"""Query gaps and rule 0.3. Source: spec/topup_suppliers.md §0, §5.4."""

import pytest

from topup.schedule import absence_countable, proves_absence, query_gap

START = 1_700_000_000
MAX_PROCESS = 60


@pytest.mark.parametrize(
    ('tries', 'seconds'),
    [
        (0, 10),
        (1, 30),
        (2, 60),
        (3, 120),
        (4, 300),
        (5, 600),
        (6, 1800),
        (7, 3600),
        (8, 3600),
        (1000, 3600),
    ],
)
def test_gaps_grow_to_half_an_hour_and_then_stay_hourly(tries, seconds):
    assert query_gap(tries) == seconds


def test_negative_count_is_treated_as_the_longest_gap():
    assert query_gap(-1) == 3600


def test_answer_while_the_call_may_be_under_way_does_not_count():
    assert not absence_countable(START, START + 89, MAX_PROCESS)
    assert absence_countable(START, START + 90, MAX_PROCESS)


def test_three_agreeing_answers_over_ten_minutes_prove_absence():
    assert proves_absence(START, [START + 100, START + 400, START + 700], MAX_PROCESS)


def test_two_answers_are_too_few():
    assert not proves_absence(START, [START + 100, START + 3700], MAX_PROCESS)


def test_three_answers_within_ten_minutes_are_too_close():
    assert not proves_absence(START, [START + 100, START + 400, START + 699], MAX_PROCESS)


def test_early_answers_are_left_out_of_count_and_span():
    early = [START + 10, START + 40, START + 89]
    assert not proves_absence(START, [*early, START + 700, START + 1400], MAX_PROCESS)


def test_slow_supplier_needs_a_later_first_answer():
    answers = [START + 100, START + 400, START + 700]
    assert not proves_absence(START, answers, 3600)


def test_order_of_the_answers_does_not_matter():
    assert proves_absence(START, [START + 700, START + 100, START + 400], MAX_PROCESS)


def test_no_answers_prove_nothing():
    assert not proves_absence(START, [], MAX_PROCESS)
