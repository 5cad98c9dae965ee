"""Several processes on one ledger, committed: nothing is lost, overdrawn or booked twice."""


def assert_sound(end):
    """Assert that the proof is clean, all money is there and no customer has less than none."""
    assert end['differences'] == []
    assert end['central'] + end['hot'] + sum(end['customers']) == 0
    assert min(end['customers']) >= 0
    assert end['held'] == 0


def test_fifty_workers_on_one_customer_and_one_hot_account_spend_what_there_is(play):
    end = play('one_customer_pays_one_hot_account')
    assert_sound(end)
    assert (end['booked'], end['stored']) == (150, 150)
    assert (end['customers'], end['hot']) == ([0], 7 * 150)


def test_without_locks_the_same_workers_spend_more_than_there_is(play):
    assert play('the_same_without_locks')['booked'] > 150


def test_the_same_key_a_hundred_times_at_once_books_once(play):
    end = play('one_key_a_hundred_times')
    assert_sound(end)
    assert (end['answers'], end['new'], end['postings']) == (100, 1, 1)
    assert end['customers'] == [990, 1010]


def test_the_same_key_books_once_where_no_account_is_locked(play):
    end = play('one_key_without_locks')
    assert_sound(end)
    assert (end['answers'], end['new'], end['postings']) == (100, 1, 1)
    assert end['hot'] == 10


def test_opposite_directions_never_deadlock(play):
    end = play('opposite_directions')
    assert_sound(end)
    assert end['stored'] == 8 * 25 * 3
    assert sum(end['customers']) == 30_000


def test_a_hold_is_captured_or_released_and_only_once(play):
    end = play('captures_against_releases')
    assert_sound(end)
    assert end['ended']
    assert end['hot'] == 50 * end['captured']
    assert end['customers'] == [1000 - 50 * end['captured']]


def test_accounts_that_many_open_at_once_are_opened_once(play):
    end = play('accounts_opened_at_once')
    assert_sound(end)
    assert end['pairs'] == 1


def test_after_a_kill_during_postings_each_is_there_whole_or_not_at_all(play):
    end = play('killed_while_posting', 'ledger_kills')
    assert_sound(end)
    assert all(end['heard']), 'each process has booked before it was killed'
    for heard, stored in zip(end['heard'], end['stored'], strict=True):
        assert heard <= stored <= heard + 1
    assert end['hot'] == sum(end['stored'])


def test_after_a_kill_during_folding_nothing_is_counted_twice_or_lost(play):
    end = play('killed_while_folding', 'ledger_kills')
    assert_sound(end['before'])
    assert_sound(end)
    assert end['paid'] == 60
    assert 0 < end['left'][-1] < 30_000, 'it was killed when it had folded a part'
    assert end['row'] == end['hot'] == 30_000 + 60
