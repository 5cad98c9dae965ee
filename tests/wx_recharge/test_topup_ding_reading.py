"""Asking Ding: records, callbacks, catalogue, lookup, prices. Source: §3, §5.3, §6 traps 11, 14."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from topup.ding_catalogue import parse_product, providers_of, send_value
from topup.ding_codes import CAPABILITIES
from topup.errors import AccountProblem, Refused, SignatureError, Throttled, UnknownOutcome
from topup.normalized import CallbackReply, ErrorClass, Idempotency, State
from topup.products import (
    Benefit,
    BenefitType,
    Candidate,
    Denomination,
    Kind,
    Processing,
    Redemption,
    RequiredFields,
    Side,
)
from topup.transport import parse_json
from topup_ding_fakes import (
    CONFIG,
    PRICE,
    answer,
    errors,
    make_client,
    make_order,
    make_product,
    make_provider,
    make_ranged,
    make_record,
    records,
    refusal,
)
from topup_fakes import OUR_REF, FakeReply, reply

# === RECORDS === #


def query(*answers, supplier_ref=''):
    client, send = make_client(*answers)
    return client.query(OUR_REF, supplier_ref), send


def test_records_are_asked_for_by_our_reference_also_when_theirs_is_known():
    result, send = query(records(make_record()), supplier_ref='T-77')
    assert send.sent[0].url == 'https://ding.example/api/V1/ListTransferRecords'
    assert send.sent[0].json == {'DistributorRef': OUR_REF, 'Skip': 0, 'Take': 20}
    assert (result.state, result.duplicates) == (State.SUCCEEDED, 0)
    assert len(send.sent) == 1


def test_several_records_of_one_reference_are_repeats_that_were_charged():
    rows = [make_record('Failed'), make_record(), make_record()]
    result, _send = query(records(*rows))
    assert (result.state, result.duplicates) == (State.SUCCEEDED, 1)


def test_failed_records_of_a_reference_are_no_repeats():
    result, _send = query(records(make_record('Failed'), make_record('Failed'), make_record()))
    assert (result.state, result.duplicates) == (State.SUCCEEDED, 0)


def test_no_record_is_not_found_and_no_failure():
    result, _send = query(records())
    assert (result.found, result.state) == (False, State.UNKNOWN)


def test_records_of_others_prove_nothing():
    ids = {'TransferRef': 'T-1', 'DistributorRef': 'OTHER'}
    result, _send = query(records(make_record(TransferId=ids)))
    assert (result.found, result.error_code) == (True, 'FILTER_IGNORED')


def test_record_may_be_the_item_itself():
    result, _send = query(answer(Items=[make_record('Processing')]))
    assert result.state is State.PROCESSING


@pytest.mark.parametrize(
    ('code', 'found'),
    [
        ('TransientProviderError/ProviderTimedOut', ErrorClass.RETRY_LATER),
        ('AccountNumberInvalid/ProviderRefusedRequest', ErrorClass.FINAL_INPUT),
        ('ProviderError/ProviderUnknownError', ErrorClass.FINAL_OPERATOR),
        ('DuplicateTransactionPrevented', ErrorClass.FINAL_OPERATOR),
        ('RateLimited', ErrorClass.FINAL_OPERATOR),
        ('InsufficientBalance', ErrorClass.ACCOUNT),
    ],
)
def test_failed_transfer_is_final_because_it_was_not_charged(code, found):
    result, _send = query(records(make_record('Failed'), codes=[code]))
    assert (result.state, result.error_class, result.error_code) == (State.FAILED, found, code)
    assert (result.delivered, result.cost) == (None, None)


@pytest.mark.parametrize(
    'spoilt',
    [
        TimeoutError(),
        FakeReply(200, b'{'),
        FakeReply(500, b''),
        reply({'Items': []}),
        answer(),
        answer(Items={}),
        answer(result=4, codes=['AuthenticationFailed'], Items=[]),
        answer(result=5, codes=['RateLimited'], Items=[]),
        answer(status=503, Items=[]),
    ],
)
def test_question_that_failed_says_nothing_about_the_order(spoilt):
    result, _send = query(spoilt)
    assert (result.state, result.error_class) == (State.UNKNOWN, ErrorClass.UNKNOWN)
    assert result.found is True


@pytest.mark.parametrize('price', [None, {}, {'DistributorFee': 1}])
def test_cost_that_is_not_told_is_not_invented(price):
    result, _send = query(records(make_record(Price=price)))
    assert (result.cost, result.cost_currency, result.delivered) == (None, '', None)


# === CALLBACK === #


def parse(document):
    client, _send = make_client()
    return client.parse_callback({}, json.dumps(document).encode(), '')


@pytest.mark.parametrize(
    'document',
    [make_record(), {'TransferRecord': make_record()}],
)
def test_callback_is_a_hint_that_nobody_signed(document):
    event = parse(document)
    assert (event.our_ref, event.supplier_ref) == (OUR_REF, 'T-77')
    assert (event.state_hint, event.authenticated) == (State.SUCCEEDED, False)


@pytest.mark.parametrize('document', [{}, [], 'x', {'TransferId': 'T'}, {'TransferRecord': 1}])
def test_callback_that_names_no_transfer_is_refused(document):
    with pytest.raises(SignatureError):
        parse(document)


# === CATALOGUE === #


def product_of(row, texts=None):
    providers = providers_of('TH', [make_provider()])
    return parse_product(parse_json(reply(row).body), providers, texts or {})


def test_fixed_product_is_read():
    product = product_of(make_product(), {'AISTH100-key': 'Good for calls'})
    assert (product.sku, product.name, product.country) == ('AISTH100', 'THB 100', 'TH')
    assert (product.operator_ref, product.operator_name) == ('AISTH', 'AIS Thailand')
    assert (product.kind, product.denomination) == (Kind.AIRTIME, Denomination.FIXED)
    assert (product.cost_amount, product.cost_currency) == (Decimal('3.0'), 'USD')
    assert (product.receive_amount, product.receive_currency) == (Decimal(100), 'THB')
    assert (product.discount_percent, product.fees.amount) == (Decimal(10), Decimal('0.2'))
    assert (product.validity, product.description) == ('P30D', 'Good for calls')
    assert product.benefits == (Benefit(BenefitType.CREDIT, Decimal(100), 'THB'),)
    assert (product.processing, product.redemption) == (Processing.INSTANT, Redemption.IMMEDIATE)
    assert product.phone_regex == r'^66(?<n>[0-9]{9})$'
    assert product.logo_url == 'https://cdn.example/aisth.png'
    assert product.number_suffices
    assert product.sides == (Side.SEND,)


def test_ranged_product_is_read():
    product = product_of(make_ranged())
    assert product.denomination is Denomination.RANGE
    assert (product.cost_amount, product.receive_amount) == (None, None)
    assert (product.cost_min, product.cost_max) == (Decimal(3), Decimal(30))
    assert (product.receive_min, product.receive_max) == (Decimal(100), Decimal(1000))
    assert product.sides == (Side.SEND, Side.RECEIVE)
    assert send_value(make_ranged()) is None


@pytest.mark.parametrize(
    ('values', 'kind'),
    [
        ({'Benefits': ['Mobile', 'Data']}, Kind.DATA),
        ({'Benefits': ['Mobile', 'Minutes', 'Data']}, Kind.BUNDLE),
        ({'Benefits': ['Mobile']}, Kind.AIRTIME),
        ({'Benefits': ['Utility']}, Kind.BUNDLE),
        ({'Benefits': None}, Kind.BUNDLE),
        ({'RedemptionMechanism': 'ReadReceipt'}, Kind.PIN),
        ({'RedemptionMechanism': 'ReadAdditionalInformation'}, Kind.PIN),
        ({'LookupBillsRequired': True}, Kind.BILL),
    ],
)
def test_kind_is_told_by_mechanism_and_benefits(values, kind):
    assert product_of(make_product(**values)).kind is kind


def test_benefits_of_a_bundle_are_named_without_quantities():
    benefits = product_of(make_product(Benefits=['Mobile', 'Minutes', 'Data', 'New'])).benefits
    assert benefits == (Benefit(BenefitType.VOICE, None, ''), Benefit(BenefitType.DATA, None, ''))


def test_batch_products_are_told():
    assert product_of(make_product(ProcessingMode='Batch')).processing is Processing.BATCH


@pytest.mark.parametrize(
    ('text', 'duration'),
    [
        ('P30D', 'P30D'),
        ('PT24H', 'PT24H'),
        ('P1M', 'P1M'),
        ('P', None),
        ('30 days', None),
        (5, None),
    ],
)
def test_validity_is_an_iso_duration_or_nothing(text, duration):
    assert product_of(make_product(ValidityPeriodIso=text)).validity == duration


def test_mandatory_settings_and_bills_are_required():
    settings = [
        {'Name': 'Meter', 'IsMandatory': True},
        {'Name': 'Nick', 'IsMandatory': False},
        None,
    ]
    product = product_of(make_product(SettingDefinitions=settings, LookupBillsRequired=True))
    assert product.required_fields == (
        RequiredFields('settings', (('Meter',),)),
        RequiredFields('bill', (('BillRef',),)),
    )
    assert not product.number_suffices


@pytest.mark.parametrize(
    'row',
    [
        None,
        [],
        {},
        make_product(SkuCode=''),
        make_product(ProviderCode='X'),
        make_product(Minimum=0),
    ],
)
def test_entry_that_cannot_be_read_is_left_out(row):
    assert product_of(row) is None


def test_catalogue_is_read_country_by_country():
    countries = answer(Items=[{'CountryIso': 'TH'}, {'CountryIso': 'XG'}, {}])
    client, send = make_client(
        countries,
        answer(Items=[make_provider()]),
        answer(Items=[make_product()]),
        answer(Items=[make_provider(ProviderCode='ALL', CountryIso='XG')]),
        answer(Items=[make_product(ProviderCode='ALL', SkuCode='ALL1')]),
    )
    products = client.fetch_catalogue()
    assert next(products).country == 'TH'
    assert len(send.sent) == 3
    assert [product.country for product in products] == ['XG']
    assert [sent.url.rpartition('/')[2] for sent in send.sent] == [
        'GetCountries',
        'GetProviders?countryIsos=TH',
        'GetProducts?countryIsos=TH',
        'GetProviders?countryIsos=XG',
        'GetProducts?countryIsos=XG',
    ]


def test_filter_that_is_not_applied_doubles_nothing():
    everything = [make_provider(), make_provider(ProviderCode='MYMY', CountryIso='MY')]
    products = [make_product(), make_product(ProviderCode='MYMY', SkuCode='MY1')]
    client, _send = make_client(
        answer(Items=[{'CountryIso': 'TH'}, {'CountryIso': 'MY'}]),
        *[answer(Items=everything), answer(Items=products)] * 2,
    )
    assert [product.sku for product in client.fetch_catalogue()] == ['AISTH100', 'MY1']


def test_descriptions_come_in_the_configured_language():
    texts = [
        {'LocalizationKey': 'AISTH100-key', 'LanguageCode': 'en', 'DescriptionMarkdown': 'Hello'},
        {'LocalizationKey': 'AISTH100-key', 'LanguageCode': 'fr', 'DescriptionMarkdown': 'Allô'},
    ]
    client, send = make_client(
        answer(Items=[{'CountryIso': 'TH'}]),
        answer(Items=[make_provider()]),
        answer(Items=[make_product(), make_product(SkuCode='B')]),
        answer(Items=texts),
        config=replace(CONFIG, language='en'),
    )
    assert [product.description for product in client.fetch_catalogue()] == ['Hello', 'Hello']
    assert send.sent[3].url.endswith(
        'GetProductDescriptions?languageCodes=en&skuCodes=AISTH100&skuCodes=B'
    )


@pytest.mark.parametrize('spoilt', [answer(), answer(Items={}), reply({'Items': []})])
def test_catalogue_without_items_is_no_catalogue(spoilt):
    client, _send = make_client(spoilt)
    with pytest.raises(UnknownOutcome):
        next(client.fetch_catalogue())


# === LOOKUP === #


def test_operators_of_a_number_are_named_once_each():
    items = [{'ProviderCode': 'AISTH'}, {'ProviderCode': 'DTACTH'}, {'ProviderCode': 'AISTH'}, {}]
    client, send = make_client(answer(result=2, CountryIso='TH', Items=items))
    assert client.lookup_number('+66812345678', 'TH') == (
        Candidate('AISTH', 'AISTH', 'TH'),
        Candidate('DTACTH', 'DTACTH', 'TH'),
    )
    assert send.sent[0].url.endswith('/GetAccountLookup?accountNumber=66812345678')


@pytest.mark.parametrize(
    'empty', [answer(Items=[]), answer(), refusal('AccountNumberInvalid/AccountNumberFailedRegex')]
)
def test_number_that_nobody_knows_has_no_candidates(empty):
    client, _send = make_client(empty)
    assert client.lookup_number('+66812345678', 'TH') == ()


# === PRICES === #


def estimate(**values):
    row = {'BatchItemRef': OUR_REF, 'ResultCode': 1, 'ErrorCodes': [], 'Price': PRICE, **values}
    return answer(Items=[row])


def quote(*answers, **values):
    client, send = make_client(*answers)
    return client.quote(make_order(**values)), send


@pytest.mark.parametrize(
    ('side', 'name'), [(Side.SEND, 'SendValue'), (Side.RECEIVE, 'ReceiveValue')]
)
def test_estimate_is_asked_for_one_side_only_in_a_bare_list(side, name):
    found, send = quote(estimate(), amount=Decimal('3.00'), side=side)
    assert send.sent[0].json == [{'BatchItemRef': OUR_REF, 'SkuCode': 'AISTH100', name: 3.0}]
    assert (found.cost, found.cost_currency) == (Decimal('3.2'), 'USD')
    assert (found.receive, found.receive_currency) == (Decimal(100), 'THB')


def test_fixed_product_is_estimated_at_its_own_price():
    _found, send = quote(answer(Items=[make_product()]), estimate())
    assert send.sent[1].json[0]['SendValue'] == 3.0


def test_adapted_price_is_a_price():
    found, _send = quote(
        estimate(ResultCode=2, ErrorCodes=errors('NearestMatch')), amount=Decimal(3)
    )
    assert found.cost == Decimal('3.2')


@pytest.mark.parametrize(
    ('spoilt', 'error'),
    [
        (estimate(ErrorCodes=errors('ParameterOutOfRange'), Price=None), Refused),
        (estimate(ErrorCodes=errors('OtherError'), Price=None), UnknownOutcome),
        (estimate(Price=None), UnknownOutcome),
        (estimate(BatchItemRef='OTHER'), UnknownOutcome),
        (answer(Items=[]), UnknownOutcome),
        (refusal('RateLimited'), Throttled),
    ],
)
def test_estimate_that_fails_raises_its_class(spoilt, error):
    with pytest.raises(error):
        quote(spoilt, amount=Decimal(3))


def test_amount_that_arrives_must_be_named():
    with pytest.raises(Refused):
        quote(side=Side.RECEIVE)


# === BALANCE === #


def test_balance_is_read():
    client, _send = make_client(answer(Balance=512.25, CurrencyIso='USD'))
    found = client.fetch_balance()
    assert (found.amount, found.currency) == (Decimal('512.25'), 'USD')


@pytest.mark.parametrize(
    ('spoilt', 'error'),
    [
        (refusal('AuthenticationFailed', result=4), AccountProblem),
        (refusal('AuthenticationFailed', result=4, status=401), AccountProblem),
        (refusal('RateLimited'), Throttled),
        (FakeReply(429, b''), Throttled),
        (refusal('RequestInvalid'), Refused),
        (refusal('DuplicateTransactionPrevented'), UnknownOutcome),
        (FakeReply(500, b''), UnknownOutcome),
        (FakeReply(200, b'{'), UnknownOutcome),
        (answer(), UnknownOutcome),
        (TimeoutError(), UnknownOutcome),
    ],
)
def test_balance_that_is_not_told_raises_its_class(spoilt, error):
    client, _send = make_client(spoilt)
    with pytest.raises(error):
        client.fetch_balance()


# === CAPABILITIES === #


def test_capabilities_are_those_of_the_sheet():
    client, _send = make_client()
    assert client.capabilities is CAPABILITIES
    assert CAPABILITIES.idempotency is Idempotency.UNRELIABLE
    assert (CAPABILITIES.query_window_days, CAPABILITIES.max_process_s) == (60, 90)
    assert (CAPABILITIES.sync_only, CAPABILITIES.callback) == (True, False)
    assert CAPABILITIES.throttle_per_number
    assert client.callback_reply == CallbackReply(200, '')


def test_deferred_transfers_have_callbacks():
    client, _send = make_client(config=replace(CONFIG, deferred=True))
    found = client.capabilities
    assert (found.asynchronous, found.callback, found.sync_only) == (True, True, False)
    assert found.callback_signed is False
