"""Submitting to Ding: only a known refusal is a failure. Source: §0, §3, §6 traps 1 to 4, 11."""

from dataclasses import replace
from decimal import Decimal

import pytest

from topup.ding import SUBMIT_TIMEOUT_S
from topup.ding_codes import ERROR_CLASSES, classify, error_class
from topup.errors import NotSent, Refused
from topup.normalized import NOT_EXECUTED, ErrorClass, State
from topup.products import Side
from topup_ding_fakes import (
    CONFIG,
    answer,
    errors,
    make_client,
    make_order,
    make_product,
    make_ranged,
    make_record,
    refusal,
    sent,
)
from topup_fakes import OUR_REF, FakeReply, reply

AMOUNT = Decimal('3.00')


def submit(*answers, config=CONFIG, **values):
    client, send = make_client(*answers, config=config)
    return client.submit(make_order(**{'amount': AMOUNT, **values})), send


# === WHAT IS SENT === #


def test_order_has_the_documented_fields_in_their_exact_case():
    _result, send = submit(sent(make_record()))
    request = send.sent[0]
    assert (request.method, request.url) == ('POST', 'https://ding.example/api/V1/SendTransfer')
    assert request.json == {
        'SkuCode': 'AISTH100',
        'SendValue': 3.0,
        'AccountNumber': '66812345678',
        'DistributorRef': OUR_REF,
        'ValidateOnly': False,
    }
    assert b'"SendValue": 3.00,' in request.body
    assert request.timeout == SUBMIT_TIMEOUT_S


def test_key_is_sent_in_the_header_ding_reads():
    _result, send = submit(sent(make_record()))
    headers = send.sent[0].headers
    assert headers['api_key'] == 'key-1'
    assert not {'X-Api-Key', 'Authorization', 'X-Option'} & set(headers)


def test_transfers_are_deferred_when_configured():
    config = replace(CONFIG, deferred=True)
    result, send = submit(sent(make_record('Submitted')), config=config)
    assert send.sent[0].headers['X-Option'] == 'DeferTransfer'
    assert result.state is State.PROCESSING


def test_currency_settings_and_bill_are_sent_where_they_belong():
    _result, send = submit(
        sent(make_record()),
        amount_currency='USD',
        extra={'settings.Meter': '7', 'settings.Name': 'Li', 'BillRef': 'B1'},
    )
    body = send.sent[0].json
    assert body['SendCurrencyIso'] == 'USD'
    assert body['Settings'] == [{'Name': 'Meter', 'Value': '7'}, {'Name': 'Name', 'Value': 'Li'}]
    assert body['BillRef'] == 'B1'


@pytest.mark.parametrize(
    ('values', 'code'),
    [
        ({'sku': ''}, 'INVALID_SKU'),
        ({'sku': 'A B'}, 'INVALID_SKU'),
        ({'amount': Decimal(0)}, 'INVALID_AMOUNT'),
        ({'amount': Decimal('-1')}, 'INVALID_AMOUNT'),
        ({'amount': Decimal('1.001')}, 'INVALID_AMOUNT'),
        ({'amount': Decimal('NaN')}, 'INVALID_AMOUNT'),
        ({'amount': Decimal('1E+40')}, 'INVALID_AMOUNT'),
        ({'side': Side.RECEIVE, 'amount': None}, 'INVALID_AMOUNT'),
        ({'extra': {'ValidateOnly': 'true'}}, 'INVALID_EXTRA'),
        ({'extra': {'settings.': 'x'}}, 'INVALID_EXTRA'),
    ],
)
def test_order_that_cannot_be_written_never_leaves(values, code):
    client, send = make_client()
    with pytest.raises(Refused) as caught:
        client.submit(make_order(**{'amount': AMOUNT, **values}))
    assert caught.value.code == code
    assert send.sent == []


# === PRICE OF TODAY === #


def test_fixed_product_is_ordered_at_the_price_of_today():
    result, send = submit(answer(Items=[make_product()]), sent(make_record()), amount=None)
    assert send.sent[0].url == 'https://ding.example/api/V1/GetProducts?skuCodes=AISTH100'
    assert b'"SendValue": 3.00,' in send.sent[1].body
    assert result.state is State.SUCCEEDED


@pytest.mark.parametrize(
    ('items', 'code'),
    [
        ([], 'PRODUCT_GONE'),
        ([make_product(SkuCode='OTHER')], 'PRODUCT_GONE'),
        ([{**make_ranged(), 'SkuCode': 'AISTH100'}], 'INVALID_AMOUNT'),
    ],
)
def test_product_without_a_price_of_its_own_is_refused(items, code):
    client, send = make_client(answer(Items=items))
    with pytest.raises(Refused) as caught:
        client.submit(make_order())
    assert caught.value.code == code
    assert len(send.sent) == 1


@pytest.mark.parametrize(
    ('spoilt', 'account'),
    [
        (TimeoutError(), False),
        (FakeReply(500, b''), False),
        (refusal('RateLimited'), False),
        (refusal('AuthenticationFailed', result=4), True),
    ],
)
def test_price_that_cannot_be_read_means_that_nothing_has_left(spoilt, account):
    client, send = make_client(spoilt)
    with pytest.raises(NotSent) as caught:
        client.submit(make_order())
    assert caught.value.account_problem is account
    assert len(send.sent) == 1


# === WHAT ARRIVES IS NAMED === #


def estimated(receive, send, codes=()):
    price = {'SendValue': send, 'ReceiveValue': receive}
    row = {'BatchItemRef': OUR_REF, 'ErrorCodes': errors(*codes), 'Price': price}
    return answer(Items=[row])


def receive(*answers):
    return submit(
        *answers, side=Side.RECEIVE, amount=Decimal(100), amount_currency='THB', sku='AISTHR'
    )


def test_amount_that_arrives_is_ordered_by_an_estimate():
    result, send = receive(estimated(100, 3.125), sent(make_record()))
    assert send.sent[0].url.endswith('/EstimatePrices')
    assert send.sent[0].json[0]['ReceiveValue'] == 100
    assert b'"SendValue": 3.13,' in send.sent[1].body
    assert 'SendCurrencyIso' not in send.sent[1].json
    assert result.state is State.SUCCEEDED


def test_less_than_asked_for_is_not_ordered():
    client, send = make_client(estimated(99, 3, codes=['NearestMatch']))
    with pytest.raises(Refused) as caught:
        client.submit(make_order(side=Side.RECEIVE, amount=Decimal(100)))
    assert caught.value.code == 'NEAREST_MATCH'
    assert len(send.sent) == 1


@pytest.mark.parametrize(
    'spoilt', [TimeoutError(), estimated(None, 3), estimated(100, None), answer(Items=[])]
)
def test_estimate_that_cannot_be_read_means_that_nothing_has_left(spoilt):
    client, send = make_client(spoilt)
    with pytest.raises(NotSent):
        client.submit(make_order(side=Side.RECEIVE, amount=Decimal(100)))
    assert len(send.sent) == 1


# === ACCEPTED === #


@pytest.mark.parametrize(
    ('told', 'state', 'error_class'),
    [
        ('Submitted', State.PROCESSING, None),
        ('Processing', State.PROCESSING, None),
        ('Cancelling', State.PROCESSING, None),
        ('Complete', State.SUCCEEDED, None),
        ('Completed', State.SUCCEEDED, None),
        ('Failed', State.FAILED, ErrorClass.FINAL_OPERATOR),
        ('Cancelled', State.CANCELLED, ErrorClass.FINAL_OPERATOR),
        ('complete', State.UNKNOWN, ErrorClass.UNKNOWN),
        ('BrandNew', State.UNKNOWN, ErrorClass.UNKNOWN),
        (None, State.UNKNOWN, ErrorClass.UNKNOWN),
    ],
)
def test_processing_state_decides(told, state, error_class):
    result, send = submit(sent(make_record(told)))
    assert (result.state, result.error_class) == (state, error_class)
    assert result.supplier_ref == 'T-77'
    assert len(send.sent) == 1


def test_delivered_transfer_tells_cost_and_what_arrived():
    result, _send = submit(sent(make_record()))
    assert (result.cost, result.cost_currency) == (Decimal('2.9'), 'USD')
    assert (result.delivered, result.delivered_currency) == (Decimal(100), 'THB')
    assert (result.operator_ref, result.occurred_at) == ('OP-9', '2026-01-01T10:00:05Z')


@pytest.mark.parametrize(
    'spoilt',
    [
        sent(None),
        sent({}),
        reply({}),
        reply([]),
        reply({'TransferRecord': make_record()}),
        reply({'ResultCode': True, 'TransferRecord': make_record()}),
        reply({'resultCode': 1, 'transferRecord': make_record()}),
        FakeReply(200, b''),
        FakeReply(200, b'<html>'),
        answer(result=1, codes=['OtherError']),
        answer(result=4),
    ],
)
def test_success_without_a_sound_record_is_unknown(spoilt):
    result, _send = submit(spoilt)
    assert (result.state, result.error_class) == (State.UNKNOWN, ErrorClass.UNKNOWN)


def test_answer_about_another_order_is_unknown_and_its_id_is_not_kept():
    ids = {'TransferRef': 'T-1', 'DistributorRef': 'OTHER'}
    result, _send = submit(sent(make_record(TransferId=ids)))
    assert (result.error_code, result.supplier_ref) == ('REFERENCE_MISMATCH', '')


# === NO ANSWER === #


@pytest.mark.parametrize('error', [TimeoutError(), ConnectionResetError(), OSError()])
def test_transport_failure_is_unknown_and_sent_once(error):
    result, send = submit(error)
    assert (result.state, result.error_code) == (State.UNKNOWN, 'NO_ANSWER')
    assert len(send.sent) == 1


@pytest.mark.parametrize('code', ['AccountNumberInvalid', 'ProviderError/RechargeNotAllowed', ''])
def test_server_error_is_unknown_whatever_its_code(code):
    result, _send = submit(refusal(*filter(None, [code]), status=500))
    assert (result.state, result.error_class) == (State.UNKNOWN, ErrorClass.UNKNOWN)


# === REFUSED === #


@pytest.mark.parametrize(('pair', 'found'), list(ERROR_CLASSES.items()))
@pytest.mark.parametrize('status', [200, 400])
def test_every_code_leads_to_its_class_also_with_http_200(pair, found, status):
    code = '/'.join(filter(None, pair))
    record = make_record('Failed', TransferId={'TransferRef': '0', 'DistributorRef': OUR_REF})
    for given in (None, record):
        result, _send = submit(refusal(code, status=status, record=given))
        assert (result.error_class, result.error_code) == (found, code)
        assert result.state is (State.FAILED if found in NOT_EXECUTED else State.UNKNOWN)


@pytest.mark.parametrize(
    ('code', 'context', 'found'),
    [
        ('TransientProviderError', 'ProviderTimedOut', ErrorClass.RETRY_LATER),
        ('TransientProviderError', 'Something', ErrorClass.UNKNOWN),
        ('ProviderError', 'ProductUnavailable', ErrorClass.FINAL_OPERATOR),
        ('ProviderError', 'ProviderUnknownError', ErrorClass.UNKNOWN),
        ('ProviderError', '', ErrorClass.UNKNOWN),
        ('AccountNumberInvalid', 'AccountNumberFailedRegex', ErrorClass.FINAL_INPUT),
        ('AccountNumberInvalid', 'ProviderRefusedRequest', ErrorClass.FINAL_INPUT),
        ('ParameterOutOfRange', 'SendValue', ErrorClass.FINAL_INPUT),
        ('RateLimited', '', ErrorClass.THROTTLED),
        ('InsufficientBalance', '', ErrorClass.ACCOUNT),
        ('NewCode', '', ErrorClass.UNKNOWN),
    ],
)
def test_codes_of_the_sheet(code, context, found):
    assert error_class(code, context) is found


def test_insufficient_balance_is_believed_with_http_500():
    result, _send = submit(refusal('InsufficientBalance', status=500))
    assert (result.state, result.error_class) == (State.FAILED, ErrorClass.ACCOUNT)


def test_prevented_duplicate_means_look_at_the_original_and_never_failed():
    result, _send = submit(refusal('DuplicateTransactionPrevented'))
    assert (result.state, result.error_class) == (State.UNKNOWN, ErrorClass.DUPLICATE_REF)


def test_of_several_errors_the_doubtful_one_counts():
    known, doubtful = ('AccountNumberInvalid', ''), ('OtherError', '')
    assert classify(200, [known, known]) is ErrorClass.FINAL_INPUT
    assert classify(200, [known, doubtful]) is ErrorClass.UNKNOWN
    assert classify(200, []) is ErrorClass.UNKNOWN


@pytest.mark.parametrize('state', ['Complete', 'Submitted', 'Processing'])
def test_error_beside_a_transfer_that_is_not_over_is_unknown(state):
    result, _send = submit(refusal('AccountNumberInvalid', record=make_record(state)))
    assert (result.state, result.error_class) == (State.UNKNOWN, ErrorClass.UNKNOWN)


def test_throttled_order_was_not_executed():
    result, _send = submit(refusal('RateLimited', headers={'Retry-After': '9'}))
    assert (result.state, result.error_class) == (State.FAILED, ErrorClass.THROTTLED)
    assert result.retry_after_s == 9
    result, _send = submit(FakeReply(429, b''))
    assert result.error_class is ErrorClass.THROTTLED


# === LOG === #


def test_bought_code_is_masked_in_the_log_wherever_the_receipt_says_it():
    record = make_record(ReceiptText='PIN 998877', ReceiptParams={'PIN': '998877', 'Serial': 'S1'})
    result, _send = submit(sent(record))
    assert result.pin is not None
    assert (result.pin.code, result.pin.serial) == ('998877', 'S1')
    assert result.pin.instructions == 'PIN 998877'
    assert '998877' not in result.raw + repr(result)


def test_key_is_in_no_log():
    result, _send = submit(sent(make_record()))
    assert 'key-1' not in result.request + result.raw + repr(CONFIG)
    assert result.request.startswith('POST SendTransfer {"SkuCode"')
