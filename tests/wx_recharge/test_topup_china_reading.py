"""Asking China style suppliers: orders, money, products, carriers. Source: §4, §5.3."""

from dataclasses import replace
from decimal import Decimal

import pytest

from topup.errors import AccountProblem, Refused, Throttled, UnknownOutcome
from topup.normalized import ErrorClass, Idempotency, State
from topup.products import Benefit, BenefitType, Candidate, Kind, Processing
from topup_china_fakes import (
    JUHE,
    NOW,
    YRAPI,
    form,
    juhe,
    make_client,
    make_order,
    make_result,
    make_row,
    yrapi,
)
from topup_fakes import OUR_REF, FakeReply, reply

# === ORDERS OF YRAPI === #


def query(*answers, config=YRAPI, supplier_ref=''):
    client, send = make_client(*answers, config=config)
    return client.query(OUR_REF, supplier_ref), send


def test_order_is_asked_for_by_our_reference_and_signed():
    _result, send = query(yrapi([make_row()]))
    assert send.sent[0].url == 'https://yr.example/yrapi.php/index/check'
    fields = form(send.sent[0])
    assert (fields['userid'], fields['out_trade_nums']) == ('100', OUR_REF)
    assert len(fields['sign']) == 32


@pytest.mark.parametrize(
    ('word', 'state', 'error_class', 'delivered'),
    [
        (-1, State.CANCELLED, ErrorClass.FINAL_OPERATOR, None),
        (0, State.PROCESSING, None, None),
        (1, State.SUCCEEDED, None, Decimal('50.00')),
        ('1', State.SUCCEEDED, None, Decimal('50.00')),
        (2, State.FAILED, ErrorClass.FINAL_OPERATOR, None),
        (3, State.PARTIALLY_SUCCEEDED, None, Decimal('50.00')),
        (4, State.UNKNOWN, ErrorClass.UNKNOWN, None),
        (None, State.UNKNOWN, ErrorClass.UNKNOWN, None),
        (True, State.UNKNOWN, ErrorClass.UNKNOWN, None),
    ],
)
def test_states_of_yrapi(word, state, error_class, delivered):
    result, _send = query(yrapi([make_row(word)]))
    assert (result.state, result.error_class, result.delivered) == (state, error_class, delivered)
    assert result.supplier_ref == 'YR-77'


def test_partial_success_tells_how_much_arrived():
    result, _send = query(yrapi([make_row(3, charge_amount='20', remark='部分成功')]))
    assert (result.delivered, result.delivered_currency) == (Decimal(20), 'CNY')
    assert (result.error_code, result.error_text) == ('STATE_3', '部分成功')


def test_state_map_of_another_panel_version_means_other_things():
    states = {'-1': State.FAILED, '2': State.PARTIALLY_SUCCEEDED}
    config = replace(YRAPI, dialect=replace(YRAPI.dialect, states=states))
    assert query(yrapi([make_row(-1)]), config=config)[0].state is State.FAILED
    assert query(yrapi([make_row(2)]), config=config)[0].state is State.PARTIALLY_SUCCEEDED
    assert query(yrapi([make_row(1)]), config=config)[0].state is State.UNKNOWN


def test_empty_list_is_not_found_and_no_failure():
    result, _send = query(yrapi([]))
    assert (result.found, result.state) == (False, State.UNKNOWN)


def test_list_of_other_orders_proves_nothing():
    result, _send = query(yrapi([make_row(out_trade_num='OTHER'), None]))
    assert (result.found, result.error_code) == (True, 'FILTER_IGNORED')


def test_several_rows_of_one_reference_are_repeats():
    result, _send = query(yrapi([make_row(1), make_row(2), make_row(1)]))
    assert (result.state, result.duplicates) == (State.SUCCEEDED, 1)


@pytest.mark.parametrize(
    'spoilt',
    [
        TimeoutError(),
        FakeReply(500, b''),
        FakeReply(200, b'{'),
        FakeReply(429, b''),
        reply([]),
        yrapi(None),
        yrapi({}),
        yrapi('x'),
        yrapi(errno=1, errmsg='余额不足'),
        yrapi([make_row(1)], status=500),
    ],
)
def test_question_that_failed_says_nothing_about_the_order(spoilt):
    result, _send = query(spoilt)
    assert (result.state, result.error_class) == (State.UNKNOWN, ErrorClass.UNKNOWN)
    assert result.found is True


# === ORDERS OF JUHE === #


def test_airtime_is_asked_for_first_and_found():
    answer = juhe({'uordercash': '49.25', 'sporder_id': 'SP1', 'game_state': '1'})
    result, send = query(answer, config=JUHE)
    assert form(send.sent[0]) == {'orderid': OUR_REF, 'key': 'KEY'}
    assert (result.state, result.cost) == (State.SUCCEEDED, Decimal('49.25'))
    assert len(send.sent) == 1


def test_data_pack_is_found_at_its_own_place():
    result, send = query(juhe(error_code=208509), juhe(make_result('9')), config=JUHE)
    assert [sent.url for sent in send.sent] == [
        'https://op.example/ofpay/mobile/ordersta',
        'https://v.example/flow/ordersta',
    ]
    assert (result.state, result.error_class) == (State.FAILED, ErrorClass.FINAL_OPERATOR)


def with_not_found(*codes):
    answers = replace(JUHE.dialect.answers, not_found=frozenset(codes))
    return replace(JUHE, dialect=replace(JUHE.dialect, answers=answers))


def test_order_is_not_found_only_when_no_place_knows_it():
    config = with_not_found('208509')
    missing, doubtful = juhe(error_code=208509), juhe(error_code=10014)
    assert query(missing, missing, config=config)[0].found is False
    assert query(missing, doubtful, config=config)[0].found is True
    assert query(doubtful, missing, config=config)[0].error_code == '10014'
    assert query(TimeoutError(), missing, config=config)[0].error_code == 'NO_ANSWER'


def test_words_say_not_found_where_codes_differ():
    missing = juhe(error_code=208511, reason='订单不存在')
    assert query(missing, missing, config=JUHE)[0].found is False
    assert query(missing, FakeReply(404, b''), config=JUHE)[0].found is True


def test_code_that_is_not_listed_is_never_not_found():
    result, _send = query(juhe(error_code=208509), juhe(error_code=208509), config=JUHE)
    assert (result.found, result.state) == (True, State.UNKNOWN)


def test_answer_about_another_order_is_unknown():
    spoilt = juhe(make_result('1', uorderid='OTHER'))
    result, _send = query(spoilt, spoilt, config=JUHE)
    assert (result.state, result.error_code) == (State.UNKNOWN, 'REFERENCE_MISMATCH')


# === BALANCE === #


def test_balance_of_yrapi():
    client, send = make_client(yrapi({'id': 1, 'username': 'x', 'balance': '812.50'}))
    found = client.fetch_balance()
    assert (found.amount, found.currency) == (Decimal('812.50'), 'CNY')
    assert send.sent[0].url.endswith('/yrapi.php/index/user')


def test_balance_of_juhe_is_asked_with_the_time():
    client, send = make_client(juhe({'money': '100.5'}), config=JUHE)
    assert client.fetch_balance().amount == Decimal('100.5')
    assert form(send.sent[0])['timestamp'] == str(NOW)


def test_balance_in_fen_is_told_in_yuan():
    config = replace(YRAPI, dialect=replace(YRAPI.dialect, unit='fen'))
    client, _send = make_client(yrapi({'balance': 12345}), config=config)
    assert client.fetch_balance().amount == Decimal('123.45')


@pytest.mark.parametrize(
    ('spoilt', 'error'),
    [
        (yrapi(errno=1, errmsg='签名错误'), AccountProblem),
        (yrapi(errno=1, errmsg='未知'), UnknownOutcome),
        (yrapi({}), UnknownOutcome),
        (yrapi(None), UnknownOutcome),
        (FakeReply(429, b''), Throttled),
        (FakeReply(500, b''), UnknownOutcome),
        (TimeoutError(), UnknownOutcome),
    ],
)
def test_balance_that_is_not_told_raises_its_class(spoilt, error):
    client, _send = make_client(spoilt)
    with pytest.raises(error):
        client.fetch_balance()


def test_what_a_dialect_does_not_have_is_refused_and_not_asked():
    dialect = replace(YRAPI.dialect, balance=None)
    client, send = make_client(config=replace(YRAPI, dialect=dialect))
    for call in (client.fetch_balance, lambda: client.quote(make_order())):
        with pytest.raises(Refused) as caught:
            call()
        assert caught.value.code == 'NOT_SUPPORTED'
    assert send.sent == []


# === PRODUCTS === #


def test_products_of_yrapi_are_in_their_categories():
    groups = [
        {
            'id': 1,
            'cate': '移动',
            'products': [
                {'id': 7, 'name': '移动 50 元', 'price': '48.5', 'voucher_price': 50, 'isp': '1'},
                {'id': '', 'name': 'without id'},
                None,
            ],
        },
        {'products': [{'id': 8, 'name': '移动 100 元', 'price': 97}]},
        {'products': None},
        {'product_id': 9, 'name': '慢充', 'face': 30, 'type': 'flow', 'speed': 'slow'},
        5,
    ]
    client, _send = make_client(yrapi(groups))
    first, second, third = client.fetch_catalogue()
    assert (first.sku, first.name, first.country) == ('7', '移动 50 元', 'CN')
    assert (first.cost_amount, first.receive_amount) == (Decimal('48.5'), Decimal(50))
    assert (first.operator_ref, first.kind) == ('1', Kind.AIRTIME)
    assert first.benefits == (Benefit(BenefitType.CREDIT, Decimal(50), 'CNY'),)
    assert (second.sku, second.cost_amount, second.receive_amount) == ('8', Decimal(97), None)
    assert (third.sku, third.receive_amount) == ('9', Decimal(30))
    assert (third.kind, third.processing) == (Kind.DATA, Processing.SLOW)


def test_kinds_of_staff_are_read():
    call = replace(YRAPI.dialect.catalogue, nested='', fields={'sku': 'id', 'kind': 'type'})
    dialect = replace(YRAPI.dialect, catalogue=call, kinds={'2': Kind.DATA})
    rows = yrapi([{'id': 1, 'type': 2}, {'id': 2, 'type': 9}])
    client, _send = make_client(rows, config=replace(YRAPI, dialect=dialect))
    assert [product.kind for product in client.fetch_catalogue()] == [Kind.DATA, Kind.AIRTIME]


def test_products_of_juhe_are_the_face_values_of_its_manual():
    client, send = make_client(config=JUHE)
    products = list(client.fetch_catalogue())
    assert [product.sku for product in products] == ['5', '10', '20', '30', '50', '100', '300']
    assert products[4].receive_amount == Decimal(50)
    assert products[4].cost_amount is None
    assert products[4].processing is Processing.INSTANT
    assert send.sent == []


def test_catalogue_that_is_refused_raises():
    client, _send = make_client(yrapi(errno=1, errmsg='余额不足'))
    with pytest.raises(AccountProblem):
        next(client.fetch_catalogue())


# === CARRIERS AND PRICES === #


def test_carrier_of_a_number_is_named_by_its_area():
    client, send = make_client(
        juhe({'cardname': '江苏电信话费50元直充', 'inprice': 49.2, 'game_area': '江苏苏州电信'}),
        config=JUHE,
    )
    assert client.lookup_number('+8613800138000', 'CN') == (
        Candidate('telecom', '江苏苏州电信', 'CN'),
    )
    assert form(send.sent[0])['cardnum'] == '50'


@pytest.mark.parametrize('area', ['', '江苏', '移动联通', None])
def test_carrier_that_is_not_clear_is_none(area):
    client, _send = make_client(juhe({'game_area': area}), config=JUHE)
    assert client.lookup_number('+8613800138000', 'CN') == ()


def test_number_of_another_country_is_not_asked_about():
    client, send = make_client(config=JUHE)
    assert client.lookup_number('+66812345678', 'TH') == ()
    client, send = make_client(config=YRAPI)
    assert client.lookup_number('+8613800138000', 'CN') == ()
    assert send.sent == []


def test_refused_account_of_a_lookup_is_told():
    client, _send = make_client(juhe(error_code=10001), config=JUHE)
    with pytest.raises(AccountProblem):
        client.lookup_number('+8613800138000', 'CN')


def test_price_of_juhe_is_asked_for_number_and_face_value():
    client, send = make_client(juhe({'inprice': 49.25}), config=JUHE)
    found = client.quote(make_order(sku='50'))
    assert (found.cost, found.cost_currency, found.receive) == (Decimal('49.25'), 'CNY', 50)
    assert form(send.sent[0])['cardnum'] == '50'


def test_price_of_a_data_pack_is_not_asked_at_the_airtime_desk():
    client, send = make_client(config=JUHE)
    with pytest.raises(Refused):
        client.quote(make_order(sku='flow:34'))
    assert send.sent == []


def test_price_that_is_not_told_is_not_invented():
    client, _send = make_client(juhe({}), config=JUHE)
    with pytest.raises(UnknownOutcome):
        client.quote(make_order(sku='50'))


# === CAPABILITIES === #


def test_capabilities_follow_the_dialect():
    client, _send = make_client()
    found = client.capabilities
    assert found.idempotency is Idempotency.UNKNOWN
    assert (found.callback, found.callback_signed, found.quote) == (True, True, False)
    assert found.max_process_s == 72 * 3600
    client, _send = make_client(config=JUHE)
    assert (client.capabilities.quote, client.capabilities.max_process_s) == (True, 3600)
    silent = replace(YRAPI, dialect=replace(YRAPI.dialect, callback=None))
    client, _send = make_client(config=silent)
    assert (client.capabilities.callback, client.callback_reply.body) == (False, '')
