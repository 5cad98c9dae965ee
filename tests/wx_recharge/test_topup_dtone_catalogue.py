"""DT One's catalogue, lookup, quote and balance. Source: spec/topup_suppliers.md §2, §6 trap 10."""

from dataclasses import replace
from decimal import Decimal

import pytest

from topup.countries import ALPHA2, EUROPE, GLOBAL, to_alpha2
from topup.dtone_catalogue import parse_product
from topup.errors import AccountProblem, Refused, Throttled, UnknownOutcome
from topup.products import (
    Benefit,
    BenefitType,
    Candidate,
    Denomination,
    Kind,
    Redemption,
    RequiredFields,
    Side,
)
from topup.transport import parse_json
from topup_dtone_fakes import (
    CONFIG,
    error_reply,
    make_client,
    make_order,
    make_product,
    make_ranged,
)
from topup_fakes import FakeReply, reply


def parse(row):
    return parse_product(parse_json(reply(row).body))


# === COUNTRIES === #


def test_alpha_3_codes_become_alpha_2():
    assert (to_alpha2('THA'), to_alpha2('CHE'), to_alpha2('XKX')) == ('TH', 'CH', 'XK')
    assert (to_alpha2('GXX'), to_alpha2('EXX')) == (GLOBAL, EUROPE)


@pytest.mark.parametrize('code', ['', 'TH', 'tha', 'ZZZ', 'GXXX'])
def test_other_codes_are_no_country(code):
    assert to_alpha2(code) == ''


def test_table_of_countries_is_one_to_one():
    assert len(ALPHA2) == len(set(ALPHA2.values())) == 252
    assert all(len(long) == 3 and len(short) == 2 for long, short in ALPHA2.items())


# === PRODUCTS === #


def test_fixed_product_is_read():
    product = parse(make_product())
    assert (product.sku, product.name, product.country) == ('4001', 'AIS 100 THB', 'TH')
    assert (product.operator_ref, product.operator_name) == ('301', 'AIS')
    assert (product.kind, product.denomination) == (Kind.AIRTIME, Denomination.FIXED)
    assert (product.cost_amount, product.cost_currency) == (Decimal('2.85'), 'USD')
    assert (product.receive_amount, product.receive_currency) == (Decimal(100), 'THB')
    assert (product.cost_min, product.receive_max, product.receive_step) == (None, None, None)
    assert product.fees.amount == Decimal('0.05')
    assert (product.validity, product.sides) == ('P30D', (Side.SEND,))
    assert product.benefits == (Benefit(BenefitType.CREDIT, Decimal(100), 'THB'),)
    assert product.number_suffices


def test_ranged_product_is_read():
    product = parse(make_ranged())
    assert product.denomination is Denomination.RANGE
    assert (product.cost_amount, product.receive_amount) == (None, None)
    assert (product.cost_min, product.cost_max) == (Decimal(1), Decimal(30))
    assert (product.receive_min, product.receive_max) == (Decimal(35), Decimal(1050))
    assert product.receive_step == Decimal(5)
    assert product.sides == (Side.RECEIVE, Side.SEND)


def test_accepted_modes_limit_the_sides():
    row = {**make_ranged(), 'accepted_calculation_modes': ['SOURCE_AMOUNT']}
    assert parse(row).sides == (Side.SEND,)
    assert parse({**row, 'accepted_calculation_modes': None}).sides == ()


@pytest.mark.parametrize(
    ('product_type', 'subservice', 'kind', 'redemption'),
    [
        ('FIXED_VALUE_RECHARGE', 11, Kind.AIRTIME, Redemption.IMMEDIATE),
        ('FIXED_VALUE_RECHARGE', 12, Kind.BUNDLE, Redemption.IMMEDIATE),
        ('FIXED_VALUE_RECHARGE', 13, Kind.DATA, Redemption.IMMEDIATE),
        ('FIXED_VALUE_PIN_PURCHASE', 11, Kind.PIN, Redemption.PIN),
        ('RANGED_VALUE_PAYMENT', 11, Kind.BILL, Redemption.IMMEDIATE),
    ],
)
def test_type_and_subservice_tell_the_kind(product_type, subservice, kind, redemption):
    service = {'id': 1, 'subservice': {'id': subservice}}
    product = parse(make_product(type=product_type, service=service))
    assert (product.kind, product.redemption) == (kind, redemption)


def benefit(kind, base, **values):
    amount = {'base': base, 'total_including_tax': base}
    return {'type': kind, 'unit': 'X', 'amount': amount, **values}


@pytest.mark.parametrize(
    ('types', 'kind'),
    [
        (['CREDITS'], Kind.AIRTIME),
        (['DATA'], Kind.DATA),
        (['DATA', 'SMS'], Kind.BUNDLE),
        (['TALKTIME'], Kind.BUNDLE),
        ([], Kind.BUNDLE),
    ],
)
def test_without_a_subservice_the_benefits_tell_the_kind(types, kind):
    row = make_product(service={'id': 1, 'subservice': None}, benefits=[])
    row['benefits'] = [benefit(name, 1) for name in types]
    assert parse(row).kind is kind


def test_benefit_of_minus_one_is_unlimited():
    row = make_product(benefits=[benefit('TALKTIME', -1), benefit('SMS', 100), benefit('?', 1), 5])
    assert parse(row).benefits == (
        Benefit(BenefitType.VOICE, None, 'X', unlimited=True),
        Benefit(BenefitType.SMS, Decimal(100), 'X'),
    )


@pytest.mark.parametrize(
    ('validity', 'duration'),
    [
        ({'unit': 'HOUR', 'quantity': 24}, 'PT24H'),
        ({'unit': 'WEEK', 'quantity': 2}, 'P2W'),
        ({'unit': 'MONTH', 'quantity': 1}, 'P1M'),
        ({'unit': 'DAY', 'quantity': -1}, None),
        ({'unit': 'DAY', 'quantity': 0}, None),
        ({'unit': 'DAY', 'quantity': None}, None),
        ({'unit': 'DAY', 'quantity': True}, None),
        ({'unit': 'EON', 'quantity': 1}, None),
        (None, None),
    ],
)
def test_validity_is_a_duration_or_nothing(validity, duration):
    assert parse(make_product(validity=validity)).validity == duration


def test_required_fields_are_alternatives():
    product = parse(
        make_product(
            required_credit_party_identifier_fields=[['account_number'], ['mobile_number']],
            required_sender_fields=[['first_name', 'last_name'], ['email']],
            required_beneficiary_fields=[],
        )
    )
    assert product.required_fields == (
        RequiredFields('credit_party_identifier', (('account_number',), ('mobile_number',))),
        RequiredFields('sender', (('first_name', 'last_name'), ('email',))),
    )
    assert not product.number_suffices


@pytest.mark.parametrize(
    ('iso', 'country'), [('GXX', GLOBAL), ('EXX', EUROPE), ('ZZZ', ''), (None, '')]
)
def test_country_of_a_product_may_be_none_or_several(iso, country):
    operator = {'id': 1, 'name': 'X', 'country': {'iso_code': iso}}
    assert parse(make_product(operator=operator)).country == country


@pytest.mark.parametrize(
    'row',
    [None, 5, [], {}, make_product(id=None), make_product(id='x'), make_product(type='NEW_KIND')],
)
def test_entry_that_cannot_be_read_is_left_out(row):
    assert parse(row) is None


def test_product_with_nothing_inside_is_read():
    product = parse({'id': 1, 'type': 'FIXED_VALUE_RECHARGE'})
    assert (product.cost_amount, product.receive_amount, product.country) == (None, None, '')


# === PAGES === #


def test_catalogue_is_read_page_by_page():
    pages = {'X-Total-Pages': '2'}
    client, send = make_client(
        reply([make_product()], headers=pages), reply([make_ranged()], headers=pages)
    )
    products = client.fetch_catalogue()
    assert next(products).sku == '4001'
    assert len(send.sent) == 1
    assert [product.sku for product in products] == ['4002']
    assert [sent.url.rpartition('?')[2] for sent in send.sent] == [
        'service_id=1&page=1&per_page=100',
        'service_id=1&page=2&per_page=100',
    ]


def test_catalogue_without_headers_ends_with_a_page_that_is_not_full():
    full = [make_product(id=number) for number in range(1, 101)]
    client, send = make_client(reply(full), reply([make_product(id=101)]))
    assert len(list(client.fetch_catalogue())) == 101
    assert len(send.sent) == 2


def test_catalogue_ends_with_an_empty_page_whatever_the_headers_say():
    client, send = make_client(reply([], headers={'X-Total-Pages': '9'}))
    assert list(client.fetch_catalogue()) == []
    assert len(send.sent) == 1


def test_throttled_page_tells_when_to_go_on():
    client, _send = make_client(error_reply(429, '1000429', headers={'retry-after': '3'}))
    with pytest.raises(Throttled) as caught:
        next(client.fetch_catalogue())
    assert caught.value.retry_after_s == 3


# === LOOKUP === #


def test_identified_operator_comes_first():
    country = {'name': 'Thailand', 'iso_code': 'THA'}
    client, send = make_client(
        reply(
            [
                {'id': 1, 'name': 'True', 'country': country, 'identified': False},
                {'id': 2, 'name': 'AIS', 'country': country, 'identified': True},
                {'name': 'without id'},
            ]
        )
    )
    assert client.lookup_number('+66812345678', 'TH') == (
        Candidate('2', 'AIS', 'TH', identified=True),
        Candidate('1', 'True', 'TH'),
    )
    assert (send.sent[0].method, send.sent[0].json) == ('POST', {'mobile_number': '+66812345678'})
    assert send.sent[0].url.endswith('/lookup/mobile-number')


@pytest.mark.parametrize(
    'answer', [reply([]), error_reply(400, '1005003'), error_reply(404, '1000404')]
)
def test_number_that_nobody_knows_has_no_candidates(answer):
    client, _send = make_client(answer)
    assert client.lookup_number('+66812345678', 'TH') == ()


# === QUOTE === #


def quote(row, **values):
    client, send = make_client(reply(row))
    return client.quote(make_order(**values)), send


def test_quote_of_a_fixed_product_is_its_price_with_fee():
    found, send = quote(make_product())
    assert (found.cost, found.cost_currency) == (Decimal('2.90'), 'USD')
    assert (found.receive, found.receive_currency) == (Decimal(100), 'THB')
    assert send.sent[0].url == 'https://dvs.example/v1/products/4001'


def test_quote_of_a_ranged_product_is_by_its_wholesale_rate():
    found, _send = quote(make_ranged(), amount=Decimal(70), side=Side.RECEIVE)
    assert (found.cost, found.receive) == (Decimal('2.1'), Decimal(70))


@pytest.mark.parametrize(
    ('row', 'values'),
    [
        (make_ranged(), {}),
        (make_ranged(), {'amount': Decimal(3), 'side': Side.SEND}),
        ({**make_ranged(), 'rates': None}, {'amount': Decimal(3), 'side': Side.RECEIVE}),
        (
            {**make_ranged(), 'rates': {'wholesale': -1}},
            {'amount': Decimal(3), 'side': Side.RECEIVE},
        ),
    ],
)
def test_amount_that_cannot_be_priced_is_refused(row, values):
    with pytest.raises(Refused):
        quote(row, **values)


def test_product_that_is_not_ours_is_refused():
    client, _send = make_client(error_reply(404, '1003001'))
    with pytest.raises(Refused) as caught:
        client.quote(make_order())
    assert caught.value.code == '1003001'


# === BALANCE === #


def balance(unit, available, **values):
    return {'id': 1, 'unit_type': 'CURRENCY', 'unit': unit, 'available': available, **values}


def test_balance_is_what_is_available():
    client, _send = make_client(reply([balance('USD', 100.25, holding=40, credit_limit=500)]))
    found = client.fetch_balance()
    assert (found.amount, found.currency) == (Decimal('100.25'), 'USD')


def test_of_several_balances_the_configured_one_counts():
    rows = [balance('USD', 1), balance('EUR', 2)]
    client, _send = make_client(reply(rows), config=replace(CONFIG, currency='EUR'))
    assert client.fetch_balance().amount == Decimal(2)
    client, _send = make_client(reply(rows))
    with pytest.raises(UnknownOutcome):
        client.fetch_balance()


@pytest.mark.parametrize(
    ('answer', 'error'),
    [
        (error_reply(401, '1000401'), AccountProblem),
        (error_reply(429, '1000429'), Throttled),
        (error_reply(404, '1000404'), Refused),
        (error_reply(500, '1009001'), UnknownOutcome),
        (FakeReply(200, b'{'), UnknownOutcome),
        (reply({}), UnknownOutcome),
        (reply([]), UnknownOutcome),
        (reply([balance('USD', None)]), UnknownOutcome),
        (TimeoutError(), UnknownOutcome),
    ],
)
def test_balance_that_is_not_told_raises_its_class(answer, error):
    client, _send = make_client(answer)
    with pytest.raises(error):
        client.fetch_balance()
