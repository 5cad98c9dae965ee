"""What suppliers sell, and what an order of it must tell. Source: spec/topup_suppliers.md §5.2."""

from decimal import Decimal

import pytest

from topup import reloadly_catalogue
from topup.errors import NotSent, Refused
from topup.normalized import OrderRequest, Pin, Result, State
from topup.products import Fees, Redemption, RequiredFields, Side
from topup.transport import parse_json
from topup_fakes import (
    OUR_REF,
    FakeReply,
    error_reply,
    make_client,
    make_transaction,
    reply,
)

OPERATOR = {
    'id': 101,
    'name': 'AIS Thailand',
    'denominationType': 'RANGE',
    'senderCurrencyCode': 'USD',
    'destinationCurrencyCode': 'THB',
    'minAmount': 1,
    'maxAmount': 50,
    'localMinAmount': 30,
    'localMaxAmount': 1500,
    'supportsLocalAmounts': True,
    'fees': {'international': 0.25, 'internationalPercentage': 1.5},
    'logoUrls': ['https://cdn.example/small.png', 'https://cdn.example/large.png'],
    'country': {'isoName': 'TH'},
}


def parse(**values):
    operator = parse_json(reply({**OPERATOR, **values}).body)
    (product,) = reloadly_catalogue.parse_operator(operator)
    return product


def make_order(**values):
    base = {'our_ref': OUR_REF, 'sku': '101', 'e164': '+66812345678', 'country': 'TH'}
    return OrderRequest(**{**base, **values})


# === REQUIRED FIELDS === #


@pytest.mark.parametrize(
    ('alternatives', 'suffices'),
    [
        ((('mobile_number',),), True),
        (((),), True),
        ((('account_number',), ('mobile_number',)), True),
        ((('mobile_number', 'account_qualifier'),), False),
        ((('account_number',),), False),
        ((), False),
    ],
)
def test_number_suffices_when_one_alternative_asks_for_no_more(alternatives, suffices):
    assert RequiredFields('credit_party', alternatives).number_suffices is suffices


def test_product_needs_more_when_one_group_does():
    product = parse()
    assert product.number_suffices
    assert product.required_fields == ()


# === RELOADLY === #


def test_ranged_operator_tells_bounds_sides_fees_and_logo():
    product = parse()
    assert (product.sku, product.name) == ('101', 'AIS Thailand')
    assert (product.cost_min, product.cost_max) == (Decimal(1), Decimal(50))
    assert (product.receive_min, product.receive_max) == (Decimal(30), Decimal(1500))
    assert product.sides == (Side.SEND, Side.RECEIVE)
    assert product.fees == Fees(Decimal('0.25'), Decimal('1.5'))
    assert product.logo_url == 'https://cdn.example/large.png'


def test_local_amounts_are_offered_only_where_supported():
    assert parse(supportsLocalAmounts=False).sides == (Side.SEND,)


def test_pin_operator_is_redeemed_by_its_code():
    assert parse(pin=True).redemption is Redemption.PIN
    assert parse().redemption is Redemption.IMMEDIATE


def test_ranged_order_names_what_is_sent():
    client, send = make_client(reply({'transactionId': 1}))
    client.submit(make_order(amount=Decimal('7.50')))
    assert send.sent[0].body.startswith(b'{"amount": 7.50, "operatorId": 101, ')
    assert send.sent[0].json['useLocalAmount'] is False


@pytest.mark.parametrize(
    ('operator', 'amount', 'local'),
    [
        (OPERATOR, '100', True),
        ({**OPERATOR, 'supportsLocalAmounts': False, 'fx': {'rate': 33.25}}, '3.01', False),
    ],
)
def test_local_amount_is_ordered_only_where_supported(operator, amount, local):
    client, send = make_client(reply(operator), reply({'transactionId': 1}))
    client.submit(make_order(amount=Decimal(100), side=Side.RECEIVE, amount_currency='THB'))
    assert send.sent[0].url.endswith('/operators/101')
    assert send.sent[1].body.startswith(f'{{"amount": {amount}, '.encode())
    assert send.sent[1].json['useLocalAmount'] is local


@pytest.mark.parametrize(
    ('spoilt', 'account'),
    [
        (TimeoutError(), False),
        (FakeReply(500, b''), False),
        (error_reply(429, 'RATE_LIMIT_REACHED'), False),
        (error_reply(400, 'INACTIVE_ACCOUNT'), True),
    ],
)
def test_operator_that_cannot_be_read_means_that_nothing_has_left(spoilt, account):
    client, send = make_client(spoilt)
    with pytest.raises(NotSent) as caught:
        client.submit(make_order(amount=Decimal(100), side=Side.RECEIVE))
    assert caught.value.account_problem is account
    assert len(send.sent) == 1


@pytest.mark.parametrize(
    'spoilt',
    [
        error_reply(404, 'OPERATOR_NOT_FOUND'),
        reply({**OPERATOR, 'supportsLocalAmounts': False}),
        reply({**OPERATOR, 'supportsLocalAmounts': False, 'fx': {'rate': -1}}),
    ],
)
def test_operator_without_a_rate_is_refused(spoilt):
    client, send = make_client(spoilt)
    with pytest.raises(Refused):
        client.submit(make_order(amount=Decimal(100), side=Side.RECEIVE))
    assert len(send.sent) == 1


@pytest.mark.parametrize(
    'values',
    [
        {},
        {'amount': Decimal(0)},
        {'amount': Decimal(-1)},
        {'amount': Decimal('NaN')},
        {'sku': '101:3.00', 'amount': Decimal(4)},
        {'sku': '101:3.00', 'side': Side.RECEIVE},
    ],
)
def test_order_without_the_right_amount_never_leaves(values):
    client, send = make_client()
    with pytest.raises(Refused) as caught:
        client.submit(make_order(**values))
    assert caught.value.code == 'INVALID_AMOUNT'
    assert send.sent == []


def test_fixed_order_may_repeat_its_amount():
    client, send = make_client(reply({'transactionId': 1}))
    client.submit(make_order(sku='101:3.00', amount=Decimal(3)))
    assert b'"amount": 3.00,' in send.sent[0].body


@pytest.mark.parametrize('sku', ['101', '101:3.00'])
def test_fixed_and_ranged_skus_are_accepted(sku):
    reloadly_catalogue.check_sku(sku)


@pytest.mark.parametrize('sku', ['', 'a', '101:', '101:0', '-1'])
def test_other_skus_are_refused(sku):
    with pytest.raises(Refused):
        reloadly_catalogue.check_sku(sku)


def test_bought_code_is_handed_over_and_masked_in_the_log():
    detail = {'serial': 'S-1', 'code': '99887766', 'info1': 'Dial *123#', 'validity': '30 days'}
    row = make_transaction(pinDetail=detail)
    client, _send = make_client(reply({'content': [row]}))
    result = client.query(OUR_REF)
    assert result.state is State.SUCCEEDED
    assert result.pin == Pin('99887766', 'S-1', 'Dial *123#\n30 days')
    assert '99887766' not in result.raw + repr(result)


@pytest.mark.parametrize('detail', [None, {}, {'serial': 'S-1'}, 'text', []])
def test_without_a_code_there_is_no_pin(detail):
    client, _send = make_client(reply({'content': [make_transaction(pinDetail=detail)]}))
    assert client.query(OUR_REF).pin is None


def test_pin_shows_nothing_in_a_log():
    assert repr(Result(state=State.SUCCEEDED, pin=Pin('99887766', 'S-1'))).count('99887766') == 0
