"""Wallets of customers on the running server: what one with nothing may and may not do."""

import secrets

import pytest

from tests.client.mini_program import ApiFailure

ASSET = 'POINTS'


def refusal(call, *args, **values):
    """Return `(status, code, message)` of a call that must be refused."""
    with pytest.raises(ApiFailure) as caught:
        call(*args, **values)
    failure = caught.value
    return failure.status, failure.envelope['code'], failure.envelope['msg']


def test_a_newcomer_has_every_wallet_at_zero(customer_a, customer_b):
    numbers = [phone.call('GET', '/wallets')['wallet_no'] for phone in (customer_a, customer_b)]
    assert len(set(numbers)) == 2
    wallets = customer_a.wallets()
    assert {'CNY', ASSET} <= set(wallets)
    for wallet in wallets.values():
        assert (wallet['balance'], wallet['held'], wallet['available']) == (0, 0, 0)
    assert customer_a.call('GET', f'/wallets/{ASSET}/entries') == {'items': [], 'next_cursor': None}


def test_what_cannot_be_sent_is_refused_before_the_recipient_is_looked_at(customer_a, customer_b):
    theirs = customer_b.call('GET', '/wallets')['wallet_no']
    known = refusal(customer_a.send, ASSET, theirs, 1)
    unknown = refusal(customer_a.send, ASSET, secrets.token_hex(8), 1)
    assert known == unknown
    assert known[:2] == (409, 5)


def test_unknown_assets_are_not_found(customer_a):
    assert refusal(customer_a.send, 'NOSUCH', '0' * 16, 1)[:2] == (404, 4)
    assert refusal(customer_a.call, 'GET', '/wallets/NOSUCH/entries')[:2] == (404, 4)


def test_the_document_describes_the_wallets(document):
    for path in (
        '',
        '/rates',
        '/{asset}/entries',
        '/{asset}/transfer',
        '/{asset}/quote',
        '/{asset}/convert',
    ):
        assert f'/api/mp/v1/wallets{path}' in document['paths']
