"""Wallets that hold something, on the running server: sent, converted, and nobody else's."""

import secrets
from typing import Any

import pytest

from tests.client.funding import fund
from tests.client.mini_program import ApiFailure, MiniProgram

FUNDS = 1000
RATE = (10, 3)  # ten fen give three points

CONVERTIBLE = """
UPDATE wx_ledger_asset SET transferable = true WHERE code = 'CNY';
INSERT INTO wx_ledger_rate (company_id, source_asset_id, target_asset_id, valid_from,
       source_amount, target_amount, fee_permille)
SELECT s.company_id, s.id, t.id, now() AT TIME ZONE 'UTC', {rate[0]}, {rate[1]}, 0
  FROM wx_ledger_asset s JOIN wx_ledger_asset t USING (company_id)
 WHERE s.code = 'CNY' AND t.code = 'POINTS'
"""


@pytest.fixture(scope='module')
def market(servers):
    """Let fen be sent and converted while the tests of this module run."""
    servers.server.sql(CONVERTIBLE.format(rate=RATE), servers.database)
    yield
    servers.server.sql(
        "UPDATE wx_ledger_asset SET transferable = false WHERE code = 'CNY'", servers.database
    )


@pytest.fixture
def stranger(servers) -> MiniProgram:
    phone = MiniProgram(servers.shop_url, servers.sandbox_url)
    phone.login()
    return phone


@pytest.fixture
def owner(servers, market) -> MiniProgram:
    """Return a customer who has `FUNDS` fen."""
    phone = MiniProgram(servers.shop_url, servers.sandbox_url)
    phone.login()
    fund(servers, phone.openid, FUNDS)
    return phone


def balance(phone: MiniProgram, asset: str = 'CNY') -> int:
    return phone.wallets()[asset]['balance']


def amounts(phone: MiniProgram, asset: str = 'CNY') -> list[int]:
    return [entry['amount'] for entry in phone.call('GET', f'/wallets/{asset}/entries')['items']]


def wallet_no(phone: MiniProgram) -> str:
    return phone.call('GET', '/wallets')['wallet_no']


def convert(phone: MiniProgram, key: str, expected: int) -> Any:
    body = {'to_asset': 'POINTS', 'amount': 100, 'expected': expected}
    return phone.call('POST', '/wallets/CNY/convert', key=key, json=body)


def test_what_one_customer_sends_the_other_has(owner, stranger):
    answer = owner.send('CNY', wallet_no(stranger), 300)
    assert answer['entry']['balance_after'] == answer['wallet']['balance'] == FUNDS - 300
    assert (balance(owner), balance(stranger)) == (FUNDS - 300, 300)
    assert (amounts(owner), amounts(stranger)) == ([-300, FUNDS], [300])


def test_nobody_sends_more_than_there_is(owner, stranger):
    with pytest.raises(ApiFailure) as caught:
        owner.send('CNY', wallet_no(stranger), FUNDS + 1)
    assert (caught.value.status, caught.value.envelope['code']) == (409, 5)
    assert caught.value.envelope['data'] == {'available': FUNDS}
    assert (balance(owner), balance(stranger)) == (FUNDS, 0)


def test_wallet_and_entries_are_the_owners_alone(owner, stranger):
    owner.send('CNY', wallet_no(stranger), 1)
    page = owner.call('GET', '/wallets/CNY/entries', params={'limit': 1})
    theirs = {'cursor': page['next_cursor']}
    shown = stranger.call('GET', '/wallets/CNY/entries', params=theirs)['items']
    assert [entry['amount'] for entry in shown] == [1]
    assert balance(stranger) == 1


def test_conversion_gives_what_was_quoted_and_only_once(owner):
    query = {'to_asset': 'POINTS', 'amount': 100}
    quote = owner.call('GET', '/wallets/CNY/quote', params=query)
    assert (quote['fee'], quote['received']) == (0, 30)
    with pytest.raises(ApiFailure) as caught:
        convert(owner, secrets.token_hex(16), expected=31)
    assert caught.value.envelope['data']['received'] == 30
    key = secrets.token_hex(16)
    assert convert(owner, key, expected=30) == convert(owner, key, expected=30)
    assert (balance(owner), balance(owner, 'POINTS')) == (FUNDS - 100, 30)
