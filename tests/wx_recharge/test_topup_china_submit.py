"""Ordering at China style suppliers: what leaves, and what an answer proves. Source: §4, §6."""

import hashlib
import json
from dataclasses import replace
from decimal import Decimal

import pytest

from topup import china_config, china_orders, china_presets, china_sign
from topup.china import SUBMIT_TIMEOUT_S, Config
from topup.china_dialect import Sign
from topup.errors import Refused
from topup.normalized import ErrorClass, Pin, State
from topup.products import Side
from topup_china_fakes import (
    JUHE,
    NOW,
    YRAPI,
    form,
    juhe,
    make_client,
    make_order,
    make_result,
    yrapi,
)
from topup_fakes import OUR_REF, FakeReply, reply

ACCEPTED = yrapi({'order_number': 'YR-77', 'out_trade_num': OUR_REF, 'total_price': '48.50'})


def submit(*answers, config=YRAPI, **values):
    client, send = make_client(*answers, config=config)
    return client.submit(make_order(**values)), send


# === WHAT IS SENT === #


def test_order_of_yrapi_is_a_signed_form():
    _result, send = submit(ACCEPTED, callback_url='https://shop.example/cb?a=1')
    sent = send.sent[0]
    assert (sent.method, sent.url) == ('POST', 'https://yr.example/yrapi.php/index/recharge')
    assert sent.headers['Content-Type'] == 'application/x-www-form-urlencoded'
    assert sent.timeout == SUBMIT_TIMEOUT_S
    fields = form(sent)
    signature = fields.pop('sign')
    assert fields == {
        'userid': '100',
        'out_trade_num': OUR_REF,
        'product_id': '7',
        'mobile': '13800138000',
        'notify_url': 'https://shop.example/cb?a=1',
    }
    how = china_presets.YRAPI.submit[''].sign
    assert signature == china_sign.sign(how, fields, user='100', key='SECRET')


def test_signature_of_the_sheet_leaves_with_the_order():
    _result, send = submit(
        yrapi({}), our_ref='T1', sku='7', callback_url='https://shop.example/cb?a=1'
    )
    assert form(send.sent[0])['sign'] == '74B0B812D8010E7AC583FCD748F76912'


def test_order_of_juhe_is_signed_over_five_values():
    _result, send = submit(juhe(make_result()), config=JUHE, our_ref='T1', sku='50')
    assert send.sent[0].url == 'https://op.example/ofpay/mobile/onlineorder'
    assert form(send.sent[0]) == {
        'phoneno': '13800138000',
        'cardnum': '50',
        'orderid': 'T1',
        'key': 'KEY',
        'sign': 'ecda2599deaba67f529a82abde549c65',
    }


def test_data_pack_of_juhe_goes_to_its_own_server():
    _result, send = submit(juhe(make_result()), config=JUHE, sku='flow:34')
    assert send.sent[0].url == 'https://v.example/flow/recharge'
    fields = form(send.sent[0])
    assert (fields['phone'], fields['pid'], fields['orderid']) == ('13800138000', '34', OUR_REF)
    _result, send = submit(juhe(make_result()), config=replace(JUHE, data_base=''), sku='flow:34')
    assert send.sent[0].url == 'https://op.example/flow/recharge'


def test_parameter_without_a_value_is_left_out():
    _result, send = submit(ACCEPTED)
    assert 'notify_url' not in form(send.sent[0])


def test_template_counts_a_parameter_that_is_left_out_as_empty():
    call = replace(
        YRAPI.dialect.submit[''],
        sign=Sign(form='template', text='{notify_url}{out_trade_num}{key}'),
    )
    config = replace(YRAPI, dialect=replace(YRAPI.dialect, submit={'': call}))
    _result, send = submit(ACCEPTED, config=config)
    expected = hashlib.md5(f'{OUR_REF}SECRET'.encode()).hexdigest()
    assert form(send.sent[0])['sign'] == expected
    assert 'notify_url' not in form(send.sent[0])


@pytest.mark.parametrize(
    ('values', 'code'),
    [
        ({'sku': ''}, 'INVALID_SKU'),
        ({'sku': 'fast:7'}, 'INVALID_SKU'),
        ({'sku': '7&x=1'}, 'INVALID_SKU'),
        ({'sku': '七'}, 'INVALID_SKU'),
        ({'e164': '+66812345678'}, 'INVALID_PHONE'),
        ({'e164': '+8623800138000'}, 'INVALID_PHONE'),
        ({'e164': '13800138000'}, 'INVALID_PHONE'),
        ({'e164': '+861380013800'}, 'INVALID_PHONE'),
        ({'amount': Decimal(0), 'side': Side.RECEIVE}, 'INVALID_AMOUNT'),
        ({'amount': Decimal('1.005'), 'side': Side.RECEIVE}, 'INVALID_AMOUNT'),
        ({'amount': Decimal('NaN'), 'side': Side.RECEIVE}, 'INVALID_AMOUNT'),
        ({'amount': Decimal(50), 'side': Side.SEND}, 'INVALID_AMOUNT'),
        ({'extra': {'sign': 'x'}}, 'INVALID_EXTRA'),
    ],
)
def test_order_that_cannot_be_written_never_leaves(values, code):
    client, send = make_client()
    with pytest.raises(Refused) as caught:
        client.submit(make_order(**values))
    assert caught.value.code == code
    assert send.sent == []


# === VARIATIONS OF §4.3 === #


def custom(**values):
    """Return a supplier that staff wrote: JSON body, fen, states of its own."""
    settings = {
        'submit': {
            'slow': {
                'path': '/open/api/hf/recharge',
                'body': 'json',
                'params': {
                    'appid': '{user}',
                    'orderId': '{ref}',
                    'phone': '{phone}',
                    'amount': '{amount}',
                    'time': '{timestamp}',
                    'asynchUrl': '{callback_url}',
                },
                'sign': {'form': 'values', 'text': '{params}{key}', 'field': 'mac'},
                'fields': {'state': 'status', 'supplier_ref': 'no', 'cost': 'cost'},
            }
        },
        'query': [
            {'path': '/q', 'method': 'GET', 'params': {'id': '{ref}'}, 'fields': {'state': 's'}}
        ],
        'answers': {
            'code': 'code',
            'ok': [0],
            'text': 'msg',
            'data': 'data',
            'classes': {'7': 'final_input', '8': 'retry_later'},
        },
        'states': {'1': 'processing', '3': 'failed'},
        'unit': 'fen',
        'phone': 'digits',
        'products': [{'sku': 'slow:50', 'face': 50, 'processing': 'slow'}],
        **values,
    }
    return Config(
        user='U', key='K', base='https://hf.example', dialect=china_config.parse(settings)
    )


def test_json_order_in_fen_with_the_time():
    _result, send = submit(
        reply({'code': 0, 'data': {'status': 1}}), config=custom(), sku='slow:50'
    )
    sent = send.sent[0]
    assert sent.headers['Content-Type'] == 'application/json'
    body = json.loads(sent.body)
    assert (body['amount'], body['phone'], body['time']) == ('5000', '8613800138000', str(NOW))
    assert 'mac' in body


def test_amount_of_the_order_counts_before_that_of_the_table():
    _result, send = submit(
        reply({'code': 0}),
        config=custom(),
        sku='slow:x',
        amount=Decimal('30.50'),
        side=Side.RECEIVE,
    )
    assert json.loads(send.sent[0].body)['amount'] == '3050'


def test_order_refused_although_the_code_says_accepted_is_failed():
    result, _send = submit(
        reply({'code': 0, 'data': {'status': 3, 'no': 'N1', 'cost': 4850}}),
        config=custom(),
        sku='slow:50',
    )
    assert (result.state, result.error_class) == (State.FAILED, ErrorClass.FINAL_OPERATOR)
    assert (result.error_code, result.supplier_ref) == ('STATE_3', 'N1')
    assert result.cost is None


def test_cost_in_fen_is_told_in_yuan():
    result, _send = submit(
        reply({'code': 0, 'data': {'status': 1, 'cost': 4850}}), config=custom(), sku='slow:50'
    )
    assert (result.state, result.cost) == (State.PROCESSING, Decimal('48.50'))


@pytest.mark.parametrize(
    ('phone', 'text'), [('e164', '+8613800138000'), ('digits', '8613800138000')]
)
def test_number_is_written_as_the_dialect_says(phone, text):
    dialect = replace(YRAPI.dialect, phone=phone)
    assert china_orders.phone(dialect, '+8613800138000') == text


# === ACCEPTED === #


def test_accepted_is_not_delivered():
    result, send = submit(ACCEPTED)
    assert (result.state, result.supplier_ref) == (State.ACCEPTED, 'YR-77')
    assert (result.cost, result.cost_currency) == (Decimal('48.50'), 'CNY')
    assert result.error_class is None
    assert len(send.sent) == 1


def test_error_code_zero_of_juhe_is_accepted_with_its_state():
    result, _send = submit(juhe(make_result('0')), config=JUHE, sku='50')
    assert (result.state, result.supplier_ref) == (State.PROCESSING, 'SP1')
    assert (result.cost, result.cost_currency) == (Decimal('49.25'), 'CNY')
    result, _send = submit(juhe(make_result('9')), config=JUHE, sku='50')
    assert (result.state, result.error_class) == (State.FAILED, ErrorClass.FINAL_OPERATOR)


@pytest.mark.parametrize('word', ['2', '', None, True, 'x', '00'])
def test_state_that_is_not_listed_is_unknown(word):
    result, _send = submit(juhe(make_result(word if word is not None else {})), config=JUHE)
    assert (result.state, result.error_class) == (State.UNKNOWN, ErrorClass.UNKNOWN)


def test_answer_about_another_order_is_unknown():
    result, _send = submit(yrapi({'out_trade_num': 'OTHER', 'order_number': 'X'}))
    assert (result.state, result.error_code) == (State.UNKNOWN, 'REFERENCE_MISMATCH')
    assert result.supplier_ref == ''


# === NO ANSWER AND REFUSED === #


@pytest.mark.parametrize('error', [TimeoutError(), ConnectionResetError(), OSError()])
def test_transport_failure_is_unknown_and_sent_once(error):
    result, send = submit(error)
    assert (result.state, result.error_code) == (State.UNKNOWN, 'NO_ANSWER')
    assert len(send.sent) == 1


@pytest.mark.parametrize(
    'answer',
    [
        FakeReply(200, b''),
        FakeReply(200, b'<html>'),
        FakeReply(404, b''),
        reply([]),
        reply({}),
        reply({'errno': None}),
        reply({'errno': True}),
        yrapi(errno=1, errmsg='系统繁忙'),
        yrapi(errno=1, errmsg=''),
        yrapi(errno=0, status=500),
        yrapi(errno=1, errmsg='余额不足', status=500),
        yrapi(errno=1, errmsg='余额不足', status=400),
        yrapi(errno=1, errmsg='余额不足，相同商户订单号'),
    ],
)
def test_what_the_manual_does_not_promise_is_unknown(answer):
    result, _send = submit(answer)
    assert (result.state, result.error_class) == (State.UNKNOWN, ErrorClass.UNKNOWN)


@pytest.mark.parametrize(
    ('words', 'state', 'error_class'),
    [
        ('账户余额不足', State.FAILED, ErrorClass.ACCOUNT),
        ('签名错误', State.FAILED, ErrorClass.ACCOUNT),
        ('手机号格式错误', State.FAILED, ErrorClass.FINAL_INPUT),
        ('产品不存在', State.FAILED, ErrorClass.FINAL_OPERATOR),
        ('产品维护中', State.FAILED, ErrorClass.RETRY_LATER),
        ('已经存在相同商户订单号的订单', State.UNKNOWN, ErrorClass.DUPLICATE_REF),
    ],
)
def test_words_of_yrapi_tell_its_refusals_apart(words, state, error_class):
    result, _send = submit(yrapi(errno=1, errmsg=words))
    assert (result.state, result.error_class) == (state, error_class)
    assert (result.error_code, result.error_text) == ('1', words)


@pytest.mark.parametrize(('code', 'found'), list(JUHE.dialect.answers.classes.items()))
def test_every_listed_code_of_juhe_leads_to_its_class(code, found):
    result, _send = submit(juhe(error_code=int(code), reason='no'), config=JUHE)
    assert (result.state, result.error_class, result.error_code) == (State.FAILED, found, code)


@pytest.mark.parametrize(('words', 'found'), list(JUHE.dialect.answers.texts.items()))
def test_every_listed_word_of_juhe_leads_to_its_class(words, found):
    result, _send = submit(juhe(error_code=208500, reason=f'{words}。'), config=JUHE)
    assert result.error_class is found


@pytest.mark.parametrize('code', [10014, 208501, 208515, 99])
def test_every_other_code_of_juhe_is_asked_about(code):
    result, _send = submit(juhe(error_code=code), config=JUHE)
    assert (result.state, result.error_class) == (State.UNKNOWN, ErrorClass.UNKNOWN)


@pytest.mark.parametrize(
    ('code', 'found'),
    [(7, ErrorClass.FINAL_INPUT), (8, ErrorClass.RETRY_LATER), (9, ErrorClass.UNKNOWN)],
)
def test_codes_of_staff_lead_to_their_classes(code, found):
    result, _send = submit(reply({'code': code, 'msg': 'no'}), config=custom(), sku='slow:50')
    assert result.error_class is found


def test_throttled_order_was_not_executed():
    result, _send = submit(FakeReply(429, b'', {'Retry-After': '4'}))
    assert (result.error_class, result.retry_after_s) == (ErrorClass.THROTTLED, 4)


# === LOG === #


@pytest.mark.parametrize(
    ('config', 'answer', 'sku'), [(YRAPI, ACCEPTED, '7'), (JUHE, juhe(make_result()), '50')]
)
def test_key_and_signature_are_in_no_log(config, answer, sku):
    result, send = submit(answer, config=config, sku=sku)
    text = result.request + result.raw + repr(config)
    assert config.key not in text.replace('KEY_', '')
    assert form(send.sent[0])['sign'] not in text
    assert OUR_REF in result.request


def test_bought_code_is_handed_over_where_the_dialect_maps_it():
    fields = {'state': 'state', 'pin': 'charge_kami', 'serial': 'voucher'}
    call = replace(YRAPI.dialect.submit[''], fields=fields)
    config = replace(YRAPI, dialect=replace(YRAPI.dialect, submit={'': call}))
    result, _send = submit(
        yrapi({'state': 1, 'charge_kami': '998877', 'voucher': 'V1'}), config=config
    )
    assert result.pin == Pin('998877', 'V1')
    assert '998877' not in result.raw + repr(result)
