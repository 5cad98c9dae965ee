"""The arithmetic of coupons: examples that people can check, and what holds for all of them."""

from itertools import combinations

from couponchoice.choice import Candidate, applied, best
from hypothesis import given
from hypothesis import strategies as st

MOST_FEN = 100_000


@st.composite
def candidates(draw):
    """Return up to six coupons of all kinds, numbered."""
    count = draw(st.integers(0, 6))
    fixed = st.builds(dict, amount_fen=st.integers(1, MOST_FEN))
    percent = st.builds(dict, percent=st.integers(1, 99), cap_fen=st.integers(0, MOST_FEN // 4))
    found = []
    for number in range(count):
        worth = draw(st.one_of(fixed, percent))
        found.append(
            Candidate(
                id=number + 1,
                threshold_fen=draw(st.sampled_from([0, 1, 500, MOST_FEN])),
                stackable=draw(st.booleans()),
                expires=draw(st.integers(0, 3)),
                **worth,
            )
        )
    return found


prices = st.integers(1, MOST_FEN)


def _choices(found, price_fen):
    """Return every choice that a customer may make."""
    valid = [one for one in found if one.threshold_fen <= price_fen]
    stackable = [one for one in valid if one.stackable]
    yield from ([one] for one in valid)
    for size in range(2, len(stackable) + 1):
        yield from (list(some) for some in combinations(stackable, size))


# === WHAT HOLDS FOR ALL === #


@given(candidates(), prices)
def test_no_choice_saves_more_than_the_best(found, price_fen):
    saving = sum(best(found, price_fen).values())
    for choice in _choices(found, price_fen):
        assert sum(applied(choice, price_fen).values()) <= saving


@given(candidates(), prices)
def test_no_choice_that_saves_as_much_needs_fewer_coupons(found, price_fen):
    chosen = best(found, price_fen)
    by_id = {one.id: one for one in found}
    kept = [by_id[coupon_id] for coupon_id in chosen]
    for left_out in kept:
        others = [one for one in kept if one is not left_out]
        assert sum(applied(others, price_fen).values()) < sum(chosen.values())


@given(candidates(), prices)
def test_the_price_stays_at_least_one_fen(found, price_fen):
    for choice in _choices(found, price_fen):
        savings = applied(choice, price_fen)
        assert all(saving >= 0 for saving in savings.values())
        assert price_fen - sum(savings.values()) >= 1


@given(candidates(), prices)
def test_the_best_is_a_choice_that_the_customer_may_make(found, price_fen):
    chosen = best(found, price_fen)
    by_id = {one.id: one for one in found}
    assert all(by_id[coupon_id].threshold_fen <= price_fen for coupon_id in chosen)
    assert len(chosen) <= 1 or all(by_id[coupon_id].stackable for coupon_id in chosen)
    assert all(chosen.values())
    assert chosen == applied([by_id[coupon_id] for coupon_id in chosen], price_fen)


@given(candidates(), prices, st.integers(0, MOST_FEN))
def test_under_a_limit_no_choice_within_it_saves_more(found, price_fen, most_fen):
    saving = sum(best(found, price_fen, most_fen).values())
    assert saving <= most_fen
    for choice in _choices(found, price_fen):
        total = sum(applied(choice, price_fen).values())
        assert total <= saving or total > most_fen


@given(candidates(), prices)
def test_a_limit_that_nothing_reaches_changes_nothing(found, price_fen):
    assert best(found, price_fen, price_fen) == best(found, price_fen)


@given(candidates(), prices)
def test_the_order_in_which_coupons_are_given_does_not_matter(found, price_fen):
    assert best(found, price_fen) == best(found[::-1], price_fen)


@given(candidates(), st.integers(1, MOST_FEN - 1))
def test_a_higher_price_never_leaves_less_to_pay(found, price_fen):
    stackable = [one for one in found if one.stackable]
    left = price_fen - sum(applied(stackable, price_fen).values())
    more = price_fen + 1 - sum(applied(stackable, price_fen + 1).values())
    assert left <= more


# === EXAMPLES === #


def test_nothing_to_choose_saves_nothing():
    assert best([], 1000) == {}


def test_per_cent_is_rounded_to_the_shops_favour():
    assert Candidate(1, percent=15).saving(999) == 149


def test_per_cent_stops_at_its_cap():
    assert Candidate(1, percent=50, cap_fen=300).saving(1000) == 300
    assert Candidate(1, percent=50, cap_fen=0).saving(1000) == 500


def test_an_amount_leaves_one_fen():
    assert Candidate(1, amount_fen=500).saving(500) == 499
    assert Candidate(1, amount_fen=500).saving(1) == 0


def test_stackable_coupons_apply_per_cent_first():
    two = Candidate(1, amount_fen=200, stackable=True)
    ten = Candidate(2, percent=10, stackable=True)
    assert list(applied([two, ten], 1000).items()) == [(2, 100), (1, 200)]


def test_one_alone_may_beat_the_stackable_ones():
    stack = [Candidate(number, amount_fen=200, stackable=True) for number in (1, 2)]
    assert best([*stack, Candidate(3, amount_fen=500)], 1000) == {3: 500}
    assert best([*stack, Candidate(3, amount_fen=300)], 1000) == {1: 200, 2: 200}


def test_coupons_that_change_nothing_are_kept_those_that_last_longest_first():
    stack = [
        Candidate(1, amount_fen=999, stackable=True, expires=2),
        Candidate(2, amount_fen=999, stackable=True, expires=1),
    ]
    assert best(stack, 1000) == {2: 999}


def test_of_equals_the_one_that_ends_first_is_used():
    pair = [Candidate(1, amount_fen=100, expires=9), Candidate(2, amount_fen=100, expires=3)]
    assert best(pair, 1000) == {2: 100}


def test_under_a_limit_the_next_best_is_chosen():
    coupons = [
        Candidate(1, amount_fen=500),
        Candidate(2, amount_fen=200, stackable=True),
        Candidate(3, amount_fen=150, stackable=True),
        Candidate(4, amount_fen=90, stackable=True),
    ]
    assert best(coupons, 1000, 300) == {2: 200, 4: 90}
    assert best(coupons, 1000, 80) == {}


def test_many_coupons_under_a_limit_are_chosen_quickly():
    coupons = [Candidate(number, amount_fen=100 + number, stackable=True) for number in range(60)]
    assert sum(best(coupons, 10_000, 1000).values()) <= 1000


def test_a_price_below_the_threshold_is_refused():
    coupon = Candidate(1, amount_fen=100, threshold_fen=1000)
    assert best([coupon], 999) == {}
    assert best([coupon], 1000) == {1: 100}
