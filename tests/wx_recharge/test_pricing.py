"""From cost to price: properties that hold for every rule, and exact values."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pricing.duration import to_days
from pricing.formula import Ending, Terms, cost_fen, floor_price_fen, price_fen, round_up
from pricing.rules import Rule, Subject, choose, in_order

percents = st.decimals(min_value=0, max_value=1000, places=2)
fens = st.integers(min_value=0, max_value=10**7)
terms = st.builds(
    Terms,
    percent=percents,
    fixed_fen=fens,
    floor_percent=percents,
    floor_fixed_fen=fens,
    ending=st.sampled_from(Ending),
)
costs = st.integers(min_value=0, max_value=10**9)


@given(costs, terms)
def test_price_is_never_below_the_floor(cost: int, given_terms: Terms) -> None:
    price = price_fen(cost, given_terms)
    assert price >= floor_price_fen(cost, given_terms) >= cost
    margin = price - cost
    assert margin >= given_terms.floor_fixed_fen
    assert Decimal(margin) >= cost * given_terms.floor_percent / 100
    assert price >= 1


@given(costs, terms)
def test_price_holds_the_whole_margin(cost: int, given_terms: Terms) -> None:
    margin = Decimal(price_fen(cost, given_terms) - cost)
    assert margin >= cost * given_terms.percent / 100 + given_terms.fixed_fen


@given(costs, terms)
def test_price_ends_as_the_rule_says(cost: int, given_terms: Terms) -> None:
    rest = price_fen(cost, given_terms) % 100
    wanted = {Ending.NONE: rest, Ending.ZERO: 0, Ending.NINETY: 90}
    assert rest == wanted[given_terms.ending]


@given(costs, costs, terms)
def test_dearer_is_never_sold_cheaper(one: int, other: int, given_terms: Terms) -> None:
    low, high = sorted((one, other))
    assert price_fen(low, given_terms) <= price_fen(high, given_terms)


@given(st.integers(min_value=0, max_value=10**9), st.sampled_from(Ending))
def test_rounding_adds_less_than_a_yuan_and_is_stable(fen: int, ending: Ending) -> None:
    rounded = round_up(fen, ending)
    assert 0 <= rounded - fen < 100
    assert round_up(rounded, ending) == rounded


@pytest.mark.parametrize(
    ('fen', 'zero', 'ninety'),
    [(1, 100, 90), (90, 100, 90), (91, 100, 190), (100, 100, 190), (101, 200, 190)],
)
def test_rounding_goes_up(fen: int, zero: int, ninety: int) -> None:
    assert (round_up(fen, Ending.ZERO), round_up(fen, Ending.NINETY)) == (zero, ninety)


def test_price_by_hand() -> None:
    # 21.60 + 12.5 % (2.70) + 0.30 = 24.60, up to .90
    given_terms = Terms(percent=Decimal('12.5'), fixed_fen=30, ending=Ending.NINETY)
    assert price_fen(2160, given_terms) == 2490


def test_cost_is_rounded_up() -> None:
    assert cost_fen(Decimal('2.9'), Decimal('7.2')) == 2088
    assert cost_fen(Decimal('3'), Decimal('7.0011')) == 2101
    assert cost_fen(Decimal('0.000001'), Decimal('0.01')) == 1


@pytest.mark.parametrize(
    ('duration', 'days'),
    [
        ('P7D', 7),
        ('PT24H', 1),
        ('PT25H', 2),
        ('P1W', 7),
        ('P1M', 30),
        ('P1Y', 365),
        ('P1DT1H', 2),
        ('P', 0),
        ('', 0),
        (None, 0),
        ('7 days', 0),
    ],
)
def test_duration_in_days(duration: str | None, days: int) -> None:
    assert to_days(duration) == days


# === RULES === #

SUBJECT = Subject(country_id=1, operator_id=2, kind='airtime')


def rule(number: int, sequence: int = 10, **conditions: Any) -> Rule:
    return Rule(number, sequence, Terms(), **conditions)


def test_first_of_the_sequence_wins_however_wide() -> None:
    wide, narrow = rule(2, sequence=1), rule(1, sequence=2, operator_id=2)
    assert choose(in_order([narrow, wide]), SUBJECT) == wide


def test_narrowest_of_one_sequence_wins_then_the_oldest() -> None:
    rules = [
        rule(1),
        rule(2),
        rule(3, kind='airtime'),
        rule(4, country_id=1),
        rule(5, country_id=1, kind='airtime'),
        rule(6, operator_id=2),
    ]
    assert [one.id for one in in_order(reversed(rules))] == [6, 5, 4, 3, 1, 2]


def test_rule_of_a_level_is_for_this_level_alone() -> None:
    everybody, gold = rule(1), rule(2, level_id=7)
    ordered = in_order([everybody, gold])
    assert choose(ordered, SUBJECT) == everybody
    assert choose(ordered, Subject(1, 2, 'airtime', level_id=7)) == gold
    assert choose(ordered, Subject(1, 2, 'airtime', level_id=8)) is None


@pytest.mark.parametrize('conditions', [{'country_id': 9}, {'operator_id': 9}, {'kind': 'data'}])
def test_rule_of_something_else_is_passed_over(conditions: dict[str, Any]) -> None:
    assert choose([rule(1, **conditions)], SUBJECT) is None
