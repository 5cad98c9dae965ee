"""Tokens, and the reading calls. Source: spec/topup_suppliers.md §1, §6 trap 6."""

from decimal import Decimal

import pytest

from topup.errors import AccountProblem, NotSent, Refused, Throttled, UnknownOutcome
from topup.products import Candidate
from topup.reloadly import fetch_token
from topup.reloadly_codes import ACCEPT
from topup_fakes import (
    CONFIG,
    FakeReply,
    FakeSend,
    FakeTokens,
    error_reply,
    make_client,
    reply,
)

BALANCE = {'balance': 512.25, 'currencyCode': 'USD', 'currencyName': 'US Dollar'}

# === TOKEN === #


def test_token_is_asked_for_with_the_api_as_audience():
    send = FakeSend(reply({'access_token': 'tok', 'expires_in': 86400, 'token_type': 'Bearer'}))
    token = fetch_token(send, CONFIG)
    assert (token.value, token.expires_in_s) == ('tok', 86400)
    sent = send.sent[0]
    assert (sent.method, sent.url) == ('POST', 'https://auth.example/oauth/token')
    assert sent.json == {
        'client_id': 'client-1',
        'client_secret': 'secret-1',
        'grant_type': 'client_credentials',
        'audience': 'https://topups.example',
    }


def test_refused_credentials_are_a_problem_of_the_account():
    with pytest.raises(AccountProblem) as caught:
        fetch_token(FakeSend(error_reply(401, 'INVALID_CREDENTIALS')), CONFIG)
    assert (caught.value.http_status, caught.value.code) == (401, 'INVALID_CREDENTIALS')


@pytest.mark.parametrize(
    'answer',
    [
        TimeoutError(),
        FakeReply(503, b'<html>'),
        FakeReply(200, b'<html>'),
        reply({}),
        reply({'access_token': '', 'expires_in': 5}),
        reply({'access_token': 'tok'}),
        reply({'access_token': 'tok', 'expires_in': 'soon'}),
        reply([1]),
        reply({'error': 'access_denied'}, 401),
    ],
)
def test_anything_but_a_token_is_unknown(answer):
    with pytest.raises(UnknownOutcome):
        fetch_token(FakeSend(answer), CONFIG)


def test_error_text_of_a_token_call_holds_no_secret():
    with pytest.raises(AccountProblem) as caught:
        fetch_token(FakeSend(error_reply(401, 'INVALID_CREDENTIALS')), CONFIG)
    assert CONFIG.client_secret not in str(caught.value)


# === BEARER === #


def test_calls_carry_the_token_and_the_versioned_accept_header():
    client, send = make_client(reply(BALANCE))
    client.fetch_balance()
    assert send.sent[0].headers == {'Authorization': 'Bearer token-1', 'Accept': ACCEPT}
    assert send.sent[0].url == 'https://topups.example/accounts/balance'


@pytest.mark.parametrize('code', ['TOKEN_EXPIRED', 'INVALID_TOKEN'])
def test_rejected_token_is_renewed_once(code):
    tokens = FakeTokens()
    client, send = make_client(error_reply(401, code), reply(BALANCE), tokens=tokens)
    assert client.fetch_balance().amount == Decimal('512.25')
    assert tokens.rejected == ['token-1']
    assert [sent.headers['Authorization'] for sent in send.sent] == [
        'Bearer token-1',
        'Bearer token-2',
    ]


def test_token_rejected_twice_is_a_problem_of_the_account():
    client, send = make_client(error_reply(401, 'TOKEN_EXPIRED'), error_reply(401, 'TOKEN_EXPIRED'))
    with pytest.raises(AccountProblem):
        client.fetch_balance()
    assert len(send.sent) == 2


@pytest.mark.parametrize(
    'answer', [error_reply(401, 'INVALID_CREDENTIALS'), FakeReply(401, b''), FakeReply(403, b'')]
)
def test_other_refusals_renew_nothing(answer):
    tokens = FakeTokens()
    client, send = make_client(answer, tokens=tokens)
    with pytest.raises((AccountProblem, UnknownOutcome)):
        client.fetch_balance()
    assert tokens.rejected == []
    assert len(send.sent) == 1


def test_without_a_token_nothing_is_sent():
    client, send = make_client(tokens=FakeTokens(UnknownOutcome('time-out')))
    with pytest.raises(NotSent) as caught:
        client.fetch_balance()
    assert caught.value.account_problem is False
    assert send.sent == []


def test_refused_credentials_are_told_apart_from_a_time_out():
    error = AccountProblem('no', http_status=401, code='INVALID_CREDENTIALS')
    client, _send = make_client(tokens=FakeTokens(error))
    with pytest.raises(NotSent) as caught:
        client.fetch_balance()
    assert caught.value.account_problem is True
    assert caught.value.code == 'INVALID_CREDENTIALS'


# === BALANCE === #


def test_balance_is_exact():
    client, _send = make_client(reply(BALANCE))
    balance = client.fetch_balance()
    assert (balance.amount, balance.currency) == (Decimal('512.25'), 'USD')


@pytest.mark.parametrize('balance', [None, 'NaN', True, {}])
def test_answer_without_a_balance_is_unknown(balance):
    client, _send = make_client(reply({**BALANCE, 'balance': balance}))
    with pytest.raises(UnknownOutcome):
        client.fetch_balance()


def test_throttled_reading_tells_when_to_come_back():
    answer = reply({'errorCode': 'RATE_LIMIT_REACHED'}, 429, {'Retry-After': '17'})
    client, _send = make_client(answer)
    with pytest.raises(Throttled) as caught:
        client.fetch_balance()
    assert caught.value.retry_after_s == 17


def test_retry_after_as_a_date_is_ignored():
    answer = reply({}, 429, {'Retry-After': 'Wed, 21 Oct 2026 07:28:00 GMT'})
    client, _send = make_client(answer)
    with pytest.raises(Throttled) as caught:
        client.fetch_balance()
    assert caught.value.retry_after_s is None


# === LOOKUP === #


def test_lookup_returns_the_operator_as_a_candidate():
    operator = {'operatorId': 101, 'name': 'AIS Thailand', 'country': {'isoName': 'TH'}}
    client, send = make_client(reply(operator))
    assert client.lookup_number('+66812345678', 'TH') == (Candidate('101', 'AIS Thailand', 'TH'),)
    assert send.sent[0].url == (
        'https://topups.example/operators/auto-detect/phone/66812345678/countries/TH'
    )


@pytest.mark.parametrize(
    ('status', 'code'),
    [(404, 'COULD_NOT_AUTO_DETECT_OPERATOR'), (409, 'COUNTRY_NOT_SUPPORTED')],
)
def test_number_nobody_knows_has_no_candidates(status, code):
    client, _send = make_client(error_reply(status, code))
    assert client.lookup_number('+66812345678', 'TH') == ()


def test_refused_lookup_is_an_error():
    client, _send = make_client(error_reply(400, 'INVALID_PHONE_NUMBER'))
    with pytest.raises(Refused):
        client.lookup_number('+66812345678', 'TH')


@pytest.mark.parametrize('answer', [reply([]), reply({'name': 'x'}), FakeReply(404, b'{}')])
def test_unreadable_lookup_is_unknown_and_not_an_empty_list(answer):
    client, _send = make_client(answer)
    with pytest.raises(UnknownOutcome):
        client.lookup_number('+66812345678', 'TH')


def test_country_is_quoted_into_the_path():
    client, send = make_client(error_reply(409, 'COUNTRY_NOT_SUPPORTED'))
    client.lookup_number('+66812345678', '../x')
    assert send.sent[0].url.endswith('/countries/..%2Fx')
