"""Reading the catalogue. Source: spec/topup_suppliers.md §1, §6 traps 7 and 8."""

from decimal import Decimal

import pytest

from topup import reloadly_catalogue
from topup.errors import Refused
from topup.products import Denomination, Kind
from topup.transport import parse_json
from topup_fakes import make_client, reply


def make_operator(**values):
    """Return a fixed airtime operator as `/operators` shows it."""
    return {
        'id': 101,
        'operatorId': 101,
        'name': 'AIS Thailand',
        'bundle': False,
        'data': False,
        'comboProduct': False,
        'pin': False,
        'supportsLocalAmounts': False,
        'denominationType': 'FIXED',
        'senderCurrencyCode': 'USD',
        'destinationCurrencyCode': 'THB',
        'commission': 4,
        'minAmount': None,
        'maxAmount': None,
        'localMinAmount': None,
        'localMaxAmount': None,
        'fixedAmounts': [3, 6],
        'localFixedAmounts': [100, 200],
        'fixedAmountsDescriptions': {'3.00': '100 THB, valid 30 days', '6': '200 THB'},
        'status': 'ACTIVE',
        'country': {'isoName': 'TH', 'name': 'Thailand'},
        **values,
    }


def parse(**values):
    return list(reloadly_catalogue.parse_operator(make_operator(**values)))


# === SKU === #


@pytest.mark.parametrize(
    ('amount', 'sku'),
    [
        ('5', '141:5'),
        ('5.000', '141:5'),
        ('4.50', '141:4.5'),
        ('0.1250', '141:0.125'),
        ('1E+1', '141:10'),
    ],
)
def test_sku_is_the_same_however_the_amount_is_written(amount: str, sku: str) -> None:
    assert reloadly_catalogue.make_sku('141', Decimal(amount)) == sku
    assert reloadly_catalogue.parse_sku(sku) == (141, Decimal(amount))


@pytest.mark.parametrize(
    ('sku', 'operator_id', 'amount'),
    [
        ('101:3.00', 101, '3.00'),
        ('101:3', 101, '3'),
        ('1:0.5', 1, '0.5'),
        ('999999:123456.123456', 999999, '123456.123456'),
    ],
)
def test_sku_is_operator_and_exact_amount(sku, operator_id, amount):
    parsed = reloadly_catalogue.parse_sku(sku)
    assert parsed == (operator_id, Decimal(amount))
    assert str(parsed[1]) == amount


@pytest.mark.parametrize(
    'sku',
    [
        '',
        '101',
        '101:',
        ':3',
        '101:-3',
        '101:0',
        '101:0.00',
        '101:1e3',
        '101:NaN',
        '101:3,00',
        ' 101:3',
        '101:3 ',
        'a:3',
        '101:3:4',
        '101:٣',
    ],
)
def test_spoilt_sku_is_refused(sku):
    with pytest.raises(Refused) as caught:
        reloadly_catalogue.parse_sku(sku)
    assert caught.value.code == 'INVALID_SKU'


# === VALIDITY === #


@pytest.mark.parametrize(
    ('text', 'duration'),
    [
        ('Valid for 30 days', 'P30D'),
        ('1 Day unlimited', 'P1D'),
        ('7-day pass', 'P7D'),
        ('24 hours', 'PT24H'),
        ('12hr', 'PT12H'),
        ('2 weeks', 'P2W'),
        ('1 month', 'P1M'),
        ('1 YEAR', 'P1Y'),
        ('30 days data, valid 30 days', 'P30D'),
        ('', None),
        ('10 GB', None),
        ('no days given', None),
        ('7 days + 24 hours bonus', None),
        ('30 days (31 days in May)', None),
        ('0 days', None),
        ('5 daylight', None),
    ],
)
def test_validity_is_read_only_when_one_duration_is_named(text, duration):
    assert reloadly_catalogue.parse_validity(text) == duration


# === PRODUCTS === #


def test_fixed_operator_gives_one_product_per_amount():
    products = parse()
    assert [product.sku for product in products] == ['101:3', '101:6']
    assert [product.receive_amount for product in products] == [Decimal(100), Decimal(200)]
    assert {product.denomination for product in products} == {Denomination.FIXED}


def test_product_carries_all_facts():
    product = parse()[0]
    assert product.operator_ref == '101'
    assert product.operator_name == 'AIS Thailand'
    assert product.country == 'TH'
    assert product.kind is Kind.AIRTIME
    assert (product.cost_currency, product.receive_currency) == ('USD', 'THB')
    assert product.cost_amount == Decimal(3)
    assert product.discount_percent == Decimal(4)
    assert product.description == '100 THB, valid 30 days'
    assert product.validity == 'P30D'
    assert product.active is True


def test_description_is_found_whatever_way_its_amount_is_written():
    assert reloadly_catalogue.describe({'5.00': 'a'}, Decimal(5)) == 'a'
    assert reloadly_catalogue.describe({'5': 'b'}, Decimal('5.00')) == 'b'
    assert reloadly_catalogue.describe({'6': 'c'}, Decimal(5)) == ''
    assert reloadly_catalogue.describe(None, Decimal(5)) == ''


def test_catalogue_names_a_product_the_same_however_the_amount_is_written():
    for amount in (b'3', b'3.0', b'3.00'):
        assert parse(fixedAmounts=[parse_json(amount), 6])[0].sku == '101:3'
    assert parse(fixedAmounts=[10, parse_json(b'4.50')])[1].sku == '101:4.5'
    assert parse(fixedAmounts=[100, 6])[0].sku == '101:100'


def test_amount_lists_of_different_length_are_not_paired():
    products = parse(localFixedAmounts=[100])
    assert [product.receive_amount for product in products] == [None, None]


def test_unreadable_amount_is_left_out_and_shifts_no_pair():
    products = parse(fixedAmounts=['x', 6])
    assert [(product.sku, product.receive_amount) for product in products] == [
        ('101:6', Decimal(200))
    ]


def test_ranged_operator_gives_one_product_with_bounds():
    operator = {
        'denominationType': 'RANGE',
        'minAmount': parse_json(b'1.5'),
        'maxAmount': 50,
        'localMinAmount': 50,
        'localMaxAmount': 1700,
    }
    (product,) = parse(**operator)
    assert product.sku == '101'
    assert product.denomination is Denomination.RANGE
    assert (product.cost_min, product.cost_max) == (Decimal('1.5'), Decimal(50))
    assert (product.receive_min, product.receive_max) == (Decimal(50), Decimal(1700))
    assert product.cost_amount is None
    assert product.validity is None


@pytest.mark.parametrize(
    ('flags', 'kind'),
    [
        ({}, Kind.AIRTIME),
        ({'data': True}, Kind.DATA),
        ({'data': True, 'bundle': True}, Kind.DATA),
        ({'bundle': True}, Kind.BUNDLE),
        ({'comboProduct': True}, Kind.BUNDLE),
        ({'pin': True, 'data': True}, Kind.PIN),
        ({'data': 'true'}, Kind.AIRTIME),
    ],
)
def test_kind_follows_the_flags(flags, kind):
    assert parse(**flags)[0].kind is kind


def test_inactive_operator_gives_inactive_products():
    assert not any(product.active for product in parse(status='INACTIVE'))


@pytest.mark.parametrize(
    'operator', [None, 5, 'x', [], {}, {'name': 'no id'}, {'id': True, 'denominationType': 'FIXED'}]
)
def test_unreadable_operator_gives_nothing(operator):
    assert list(reloadly_catalogue.parse_operator(operator)) == []


def test_unknown_denomination_gives_nothing():
    assert parse(denominationType='WHATEVER') == []


def test_operator_without_country_is_still_read():
    assert parse(country=None)[0].country == ''


# === PAGES === #


def test_all_pages_are_read_with_data_and_bundles():
    client, send = make_client(
        reply({'content': [make_operator()], 'totalPages': 2, 'last': False}),
        reply({'content': [make_operator(id=102, operatorId=102)], 'totalPages': 2, 'last': True}),
    )
    skus = [product.sku for product in client.fetch_catalogue()]
    assert skus == ['101:3', '101:6', '102:3', '102:6']
    assert [sent.url.split('page=')[1][0] for sent in send.sent] == ['1', '2']
    assert 'includeData=true' in send.sent[0].url
    assert 'includeBundles=true' in send.sent[0].url


def test_pages_are_fetched_only_as_they_are_read():
    client, send = make_client(
        reply({'content': [make_operator()], 'totalPages': 9, 'last': False})
    )
    products = client.fetch_catalogue()
    assert next(products).sku == '101:3'
    assert len(send.sent) == 1


def test_empty_page_ends_a_catalogue_that_claims_more():
    client, send = make_client(reply({'content': [], 'totalPages': 99, 'last': False}))
    assert list(client.fetch_catalogue()) == []
    assert len(send.sent) == 1
