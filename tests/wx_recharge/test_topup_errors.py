"""Each error class says what the caller may do next."""

import pytest

from topup import errors
from topup.adapter import Adapter
from topup.errors import (
    AccountProblem,
    NotSent,
    Refused,
    SignatureError,
    Throttled,
    TopupError,
    UnknownOutcome,
)
from topup.reloadly import Reloadly
from topup_fakes import make_client

FAMILY = [AccountProblem, NotSent, Refused, SignatureError, Throttled, UnknownOutcome]


@pytest.mark.parametrize('kind', FAMILY)
def test_every_error_is_of_the_one_family(kind):
    assert issubclass(kind, TopupError)


def test_family_is_complete():
    classes = {value for value in vars(errors).values() if isinstance(value, type)}
    assert classes == {TopupError, *FAMILY}


def test_unknown_is_no_refusal():
    assert not issubclass(UnknownOutcome, Refused)
    assert not issubclass(NotSent, Refused)


def test_throttled_and_account_problems_are_refusals():
    assert issubclass(Throttled, Refused)
    assert issubclass(AccountProblem, Refused)


@pytest.mark.parametrize('kind', FAMILY)
def test_errors_carry_status_and_code(kind):
    error = kind('the text', http_status=418, code='CODE')
    assert (str(error), error.http_status, error.code) == ('the text', 418, 'CODE')


def test_status_and_code_are_empty_when_there_was_no_answer():
    error = UnknownOutcome('no answer')
    assert (error.http_status, error.code) == (0, '')


def test_not_sent_is_no_problem_of_the_account_by_default():
    assert NotSent('no token').account_problem is False
    assert NotSent('no token', account_problem=True).account_problem is True


def test_throttled_may_name_the_time_to_wait():
    assert Throttled('slow down').retry_after_s is None
    assert Throttled('slow down', retry_after_s=5).retry_after_s == 5


def test_reloadly_fulfils_the_interface():
    client, _send = make_client()
    adapter: Adapter = client
    names = [name for name in vars(Adapter) if not name.startswith('_')]
    assert set(names) == {
        'callback_reply',
        'capabilities',
        'fetch_balance',
        'fetch_catalogue',
        'lookup_number',
        'submit',
        'query',
        'parse_callback',
    }
    assert all(hasattr(adapter, name) for name in names)
    assert isinstance(adapter, Reloadly)
