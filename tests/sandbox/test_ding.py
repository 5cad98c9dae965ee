"""Ding: account, catalogue, transfers (spec/topup_suppliers.md §3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.ding_shop import (
    BASE,
    PRICE,
    SKU,
    a_transfer,
    balance,
    call,
    code_of,
    defer,
    held,
    raw,
    records,
)
from tests.sandbox.shop import World

pytestmark = pytest.mark.anyio

REF = 'REF000000000066812345678'
COST = PRICE * 0.95


# === ACCOUNT === #


@pytest.mark.parametrize(
    'headers',
    [
        {},
        {'api_key': 'x'},
        {'X-Api-Key': 'ding_api_key'},
        {'Authorization': 'Bearer ding_api_key'},
    ],
)
async def test_only_the_right_header_opens(world: World, headers: dict[str, str]) -> None:
    answer = await world.client.get(f'{BASE}/GetBalance', headers=headers)
    assert (answer.status_code, code_of(answer.json())) == (401, 'AuthenticationFailed')
    assert answer.json()['ResultCode'] == 4


async def test_the_correlation_id_comes_back(world: World) -> None:
    answer = await raw(world, 'GET', 'GetBalance', X_Correlation_Id='abc')
    assert answer.headers['x-correlation-id'] == 'abc'
    assert answer.json() == {
        'Balance': 1000.0,
        'CurrencyIso': 'USD',
        'ResultCode': 1,
        'ErrorCodes': [],
    }


# === CATALOGUE === #


async def test_countries_have_two_letters_and_one_is_everywhere(world: World) -> None:
    codes = {item['CountryIso'] for item in (await call(world, 'GET', 'GetCountries'))['Items']}
    assert codes == {'TH', 'VN', 'PH', 'ID', 'MY', 'XG'}


@pytest.mark.parametrize(
    ('query', 'count'),
    [
        ('', 21),
        ('countryIsos=MY&countryIsos=VN', 6),
        ('providerCodes=TRUETH', 2),
        (f'skuCodes={SKU}', 1),
        ('regionCodes=PH-ALL', 4),
        ('benefits=Data&countryIsos=TH', 2),
        ('accountNumber=66812345678', 5),
        ('accountNumber=66212345678', 21),
        ('accountNumber=10', 21),
    ],
)
async def test_filters_repeat_and_a_foreign_number_filters_nothing(
    world: World, query: str, count: int
) -> None:
    assert len((await call(world, 'GET', f'GetProducts?{query}'))['Items']) == count


async def test_a_fixed_product_and_a_ranged_one(world: World) -> None:
    found = {item['SkuCode']: item for item in (await call(world, 'GET', 'GetProducts'))['Items']}
    fixed, ranged, bundle = found[SKU], found['TH_TRUE_1006'], found['TH_AIS_1005']
    assert fixed['Minimum'] == fixed['Maximum']
    assert (fixed['Minimum']['SendValue'], fixed['Minimum']['ReceiveValue']) == (PRICE, 100.0)
    assert fixed['CommissionRate'] == 0.05
    assert (ranged['Minimum']['ReceiveValue'], ranged['Maximum']['ReceiveValue']) == (50, 1500)
    assert (bundle['ProcessingMode'], bundle['ValidityPeriodIso']) == ('Batch', 'P30D')
    assert found['TH_TRUE_1007']['RedemptionMechanism'] == 'ReadReceipt'


async def test_a_lookup_that_fits_nothing_is_empty(world: World) -> None:
    found = await call(world, 'GET', 'GetAccountLookup?accountNumber=66812345678')
    assert (found['CountryIso'], found['AccountNumberNormalized']) == ('TH', '66812345678')
    assert [item['ProviderCode'] for item in found['Items']] == ['AISTH']
    assert (await call(world, 'GET', 'GetAccountLookup?accountNumber=6621'))['Items'] == []


async def test_reference_lists_can_be_read(world: World) -> None:
    providers = (await call(world, 'GET', 'GetProviders?countryIsos=VN'))['Items']
    assert [item['Name'] for item in providers] == ['Viettel Vietnam']
    assert providers[0]['ValidationRegex'].startswith('^(?<code>84)')
    status = (await call(world, 'GET', 'GetProviderStatus?providerCodes=AISTH'))['Items']
    assert [item['IsProcessingTransfers'] for item in status] == [True]
    texts = (await call(world, 'GET', f'GetProductDescriptions?skuCodes={SKU}'))['Items']
    assert [item['DisplayText'] for item in texts] == ['AIS Thailand 100 THB']
    for name in ('GetRegions', 'GetCurrencies'):
        assert len((await call(world, 'GET', name))['Items']) == 5
    assert (await call(world, 'GET', 'GetPromotions'))['Items'] == []
    assert (await call(world, 'GET', 'GetErrorCodeDescriptions'))['Items']


async def test_prices_are_estimated_for_one_of_both_values(world: World) -> None:
    answer = await call(
        world,
        'POST',
        'EstimatePrices',
        [
            {'BatchItemRef': '1', 'SkuCode': 'TH_TRUE_1006', 'ReceiveValue': 100},
            {'BatchItemRef': '2', 'SkuCode': SKU, 'SendValue': 99},
            {'BatchItemRef': '3', 'SkuCode': SKU, 'SendValue': 1, 'ReceiveValue': 1},
            {'BatchItemRef': '4', 'SkuCode': 'NONE', 'SendValue': 1},
        ],
    )
    one, two, three, four = answer['Items']
    assert (one['Price']['SendValue'], one['ErrorCodes']) == (3.2, [])
    assert (two['Price']['SendValue'], code_of(two)) == (PRICE, 'NearestMatch')
    assert code_of(three) == 'ParameterCombinationInvalid'
    assert code_of(four) == 'ParameterInvalid/SkuCode'
    assert answer['ResultCode'] == 2
    again = [{'BatchItemRef': '1'}] * 2
    assert code_of(await call(world, 'POST', 'EstimatePrices', again)) == 'BatchItemRefMustBeUnique'


# === TRANSFER === #


async def test_a_held_transfer_answers_when_it_is_done(world: World) -> None:
    answer = await held(world, a_transfer())
    record = answer['TransferRecord']
    assert (answer['ResultCode'], answer['ErrorCodes']) == (1, [])
    assert record['ProcessingState'] in ('Complete', 'Completed')
    assert record['TransferId']['DistributorRef'] == REF
    assert record['Price']['ReceiveValue'] == 100.0
    assert await balance(world) == pytest.approx(1000 - COST, abs=0.001)


async def test_a_deferred_one_answers_at_once(world: World) -> None:
    answer = (await defer(world)).json()
    assert answer['TransferRecord']['ProcessingState'] == 'Submitted'
    assert await balance(world) == pytest.approx(1000 - COST, abs=0.001)
    await world.advance(5)
    (item,) = await records(world, REF)
    assert item['TransferRecord']['ProcessingState'] in ('Complete', 'Completed')
    assert item['ResultCode'] == 1


async def test_after_ninety_seconds_it_has_failed_and_costs_nothing(world: World) -> None:
    answer = await held(world, a_transfer('66812345300'), step=30)
    assert (answer['ResultCode'], code_of(answer)) == (3, 'TransientProviderError/ProviderTimedOut')
    assert answer['TransferRecord']['ProcessingState'] == 'Failed'
    await world.advance(300)
    (item,) = await records(world, 'REF000000000066812345300')
    assert item['TransferRecord']['ProcessingState'] == 'Failed'
    assert await balance(world) == 1000


async def test_a_batch_product_is_debited_at_once_and_done_later(world: World) -> None:
    body = a_transfer(SkuCode='TH_AIS_1005', SendValue=9.68)
    answer = await call(world, 'POST', 'SendTransfer', body)
    assert answer['TransferRecord']['ProcessingState'] == 'Submitted'
    assert await balance(world) == pytest.approx(990.32)


async def test_a_replayed_reference_is_charged_again(world: World) -> None:
    first, second = (await defer(world)).json(), (await defer(world)).json()
    refs = {item['TransferRecord']['TransferId']['TransferRef'] for item in (first, second)}
    assert len(refs) == 2
    assert await balance(world) == pytest.approx(1000 - 2 * COST, abs=0.001)
    await world.advance(5)
    assert len(await records(world, REF)) == 2
    books = await world.control('GET', 'suppliers/ding/books')
    assert books['served_by_reference'] == {REF: 2}


async def test_a_validation_costs_nothing_and_has_no_number(world: World) -> None:
    answer = await call(world, 'POST', 'SendTransfer', a_transfer(ValidateOnly=True))
    assert (answer['ResultCode'], answer['TransferRecord']['TransferId']['TransferRef']) == (
        1,
        None,
    )
    assert await balance(world) == 1000
    await world.control('POST', 'suppliers/ding/settings', balance=1)
    refused = await raw(world, 'POST', 'SendTransfer', a_transfer(ValidateOnly=True))
    assert (refused.status_code, code_of(refused.json())) == (500, 'InsufficientBalance')


async def test_a_field_in_the_wrong_case_is_ignored_and_costs_money(world: World) -> None:
    body = a_transfer(ValidateOnly=None, validateOnly=True)
    await held(world, body)
    assert await balance(world) == pytest.approx(1000 - COST, abs=0.001)
    lower = a_transfer(AccountNumber=None, accountNumber='66812345678')
    assert code_of(await call(world, 'POST', 'SendTransfer', lower)) == (
        'ParameterMissing/AccountNumber'
    )


@pytest.mark.parametrize(
    ('change', 'code'),
    [
        ({'SkuCode': None}, 'ParameterMissing/SkuCode'),
        ({'DistributorRef': None}, 'ParameterMissing/DistributorRef'),
        ({'SkuCode': 'th_ais_1001'}, 'ParameterInvalid/SkuCode'),
        ({'SendValue': 3.191}, 'ParameterInvalid/SendValue'),
        ({'SendValue': 3.2}, 'ParameterOutOfRange/SendValue'),
        ({'SkuCode': 'TH_TRUE_1006', 'SendValue': 50}, 'ParameterOutOfRange/SendValue'),
        ({'SendCurrencyIso': 'EUR'}, 'ParameterInvalid/SendCurrencyIso'),
        ({'AccountNumber': '+66812345678'}, 'AccountNumberInvalid/AccountNumberFailedRegex'),
        ({'AccountNumber': '84961234567'}, 'AccountNumberInvalid/AccountNumberFailedRegex'),
    ],
)
async def test_a_refused_transfer_answers_200_and_leaves_no_record(
    world: World, change: dict[str, Any], code: str
) -> None:
    answer = await raw(world, 'POST', 'SendTransfer', a_transfer(**change))
    assert (answer.status_code, code_of(answer.json())) == (200, code)
    assert answer.json()['ResultCode'] == (5 if code.startswith('Account') else 4)
    assert await records(world, REF) == []


async def test_a_body_that_is_no_json_is_refused(world: World) -> None:
    answer = await world.client.post(
        f'{BASE}/SendTransfer', data=a_transfer(), headers={'api_key': 'ding_api_key'}
    )
    assert code_of(answer.json()) == 'RequestInvalid'


async def test_records_are_taken_in_portions_for_two_months(world: World) -> None:
    for number in ('66812345678', '66812345679', '66812345600'):
        await defer(world, number)
    page = await call(world, 'POST', 'ListTransferRecords', {'Skip': 1, 'Take': 1})
    assert [item['TransferRecord']['AccountNumber'] for item in page['Items']] == ['66812345679']
    assert page['ThereAreMoreItems'] is True
    missing = await call(world, 'POST', 'ListTransferRecords', {'Skip': 0})
    assert code_of(missing) == 'ParameterMissing/Take'
    await world.advance(61 * 86400)
    assert await records(world, REF) == []


async def test_a_young_transfer_can_be_cancelled(world: World) -> None:
    first = (await defer(world)).json()['TransferRecord']['TransferId']
    wish = [{'TransferId': first, 'BatchItemRef': 'a'}]
    (item,) = (await call(world, 'POST', 'CancelTransfers', wish))['Items']
    assert (item['ProcessingState'], item['ResultCode']) == ('Cancelled', 1)
    assert await balance(world) == 1000
    second = (await defer(world)).json()['TransferRecord']['TransferId']
    await world.advance(2)
    wish = [{'TransferId': second, 'BatchItemRef': 'b'}]
    (item,) = (await call(world, 'POST', 'CancelTransfers', wish))['Items']
    assert (item['ProcessingState'], code_of(item)) == ('Submitted', 'RequestInvalid')


async def test_thousands_of_products_come_in_one_answer(world: World) -> None:
    await world.control('POST', 'suppliers/ding/goods', products=3000)
    found = (await call(world, 'GET', 'GetProducts'))['Items']
    assert len({item['SkuCode'] for item in found}) == len(found) == 3021
    assert len({item['ProviderCode'] for item in found}) > 70
