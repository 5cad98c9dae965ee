"""The suite's own WeChat Pay clients against the simulator: two readings of one specification."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from paywire.bills import split_lines
from paywire.errors import (
    NotFound,
    Refused,
    Throttled,
    Unfinished,
    UnknownOutcome,
    UntrustedReply,
)
from paywire.orders import RefundOrder
from paywire.wxpay_v3.bill_lines import read_fund_bill, read_trade_bill
from paywire.wxpay_v3.refunds import USER_BANK_CARD, AbnormalRefund
from tests.sandbox.shop import APIV3_KEY, OPENID
from tests.sandbox.wxpay_wire_shop import MOBILE, Shop

OPERATIONS = {
    'v3': {'prepay': 'wxpay.prepay', 'close': 'wxpay.close', 'refund': 'wxpay.refund'},
    'v2': {
        'prepay': 'wxpayv2.unifiedorder',
        'close': 'wxpayv2.closeorder',
        'refund': 'wxpayv2.refund',
    },
}


@pytest.fixture(params=['v3', 'v2'])
def shop(request: pytest.FixtureRequest) -> Iterator[Shop]:
    """Return a channel of each version."""
    made = Shop(request.param)
    with made.http:
        made.control('POST', 'merchant', close_after=0)
        yield made


# === SCENES === #


@pytest.mark.parametrize('scene', ['miniprogram', 'jsapi', 'app'])
def test_the_sheet_opens_with_what_the_client_gets(shop: Shop, scene: str) -> None:
    shop.appid = MOBILE if scene == 'app' else shop.appid
    shop.control('POST', 'login-code', openid=OPENID)
    client, order = shop.client(), shop.order(scene)
    body = client.prepare(order)
    fields = client.invoke(scene, body, client.prepay(scene, body), appid=shop.appid)
    opened = shop.control('POST', 'request-payment', **fields)
    assert opened['prepay']['out_trade_no'] == order.out_trade_no


def test_a_native_code_is_scanned(shop: Shop) -> None:
    client, order = shop.client(), shop.order('native')
    body = client.prepare(order)
    handle = client.prepay('native', body)
    code_url = client.invoke('native', body, handle, appid=shop.appid)['code_url']
    pressed = shop.http.request('POST', '/phone/scan', data={'code_url': code_url, 'action': 'pay'})
    assert pressed.status_code == 200
    assert client.query(order.out_trade_no).trade_state == 'SUCCESS'


def test_an_h5_page_comes_back_to_the_shop(shop: Shop) -> None:
    client, order = shop.client(), shop.order('h5')
    body = client.prepare(order)
    url = client.invoke('h5', body, client.prepay('h5', body), appid=shop.appid)['h5_url']
    assert '¥25.90' in shop.http.request('GET', url).text
    query = dict(pair.partition('=')[::2] for pair in url.partition('?')[2].split('&'))
    sent = {'prepay_id': query['prepay_id'], 'package': query['package'], 'action': 'pay'}
    sent['redirect_url'] = order.return_url
    answer = shop.http.request('POST', '/phone/h5', data=sent)
    assert answer.headers['location'] == order.return_url
    assert client.query(order.out_trade_no).trade_type == 'MWEB'


@pytest.mark.parametrize(('outcome', 'state'), [('paid', 'SUCCESS'), ('password', 'USERPAYING')])
def test_a_code_is_charged_and_reversed(shop: Shop, outcome: str, state: str) -> None:
    code = shop.control('POST', 'payment-codes', outcome=outcome)['auth_code']
    client, order = shop.client(), shop.order('code', auth_code=code)
    assert client.charge(client.prepare(order)).trade_state == state
    assert client.query(order.out_trade_no).trade_state == state
    shop.control('POST', 'clock', advance=15)
    assert client.reverse(order.out_trade_no) is True
    assert client.query(order.out_trade_no).trade_state == 'REVOKED'


def test_a_reversal_that_comes_too_early_is_asked_again(shop: Shop) -> None:
    code = shop.control('POST', 'payment-codes')['auth_code']
    client, order = shop.client(), shop.order('code', auth_code=code)
    client.charge(client.prepare(order))
    try:
        assert client.reverse(order.out_trade_no) is False
    except UnknownOutcome:
        assert shop.api == 'v3'
    assert client.query(order.out_trade_no).trade_state == 'SUCCESS'


def test_a_payer_without_money_is_a_refusal(shop: Shop) -> None:
    code = shop.control('POST', 'payment-codes', outcome='not_enough')['auth_code']
    client = shop.client()
    with pytest.raises(Refused) as caught:
        client.charge(client.prepare(shop.order('code', auth_code=code)))
    assert caught.value.code == 'NOT_ENOUGH'


# === PAYMENT, CLOSE === #


def test_a_payment_is_told_and_found(shop: Shop) -> None:
    paid = shop.paid()
    assert (paid.trade_state, paid.total_fen, paid.openid) == ('SUCCESS', 2590, OPENID)
    (told,) = shop.told()
    assert told is not None
    assert told.transaction_id == paid.transaction_id


def test_an_unpaid_order_is_closed_twice(shop: Shop) -> None:
    order, _prepay_id = shop.placed()
    for _ in range(2):
        shop.client().close(order.out_trade_no)
    assert shop.client().query(order.out_trade_no).trade_state == 'CLOSED'
    with pytest.raises(NotFound):
        shop.client().query('W0000000000')


def test_a_close_that_races_is_throttled_and_the_money_comes(shop: Shop) -> None:
    order, _prepay_id = shop.placed()
    shop.control('POST', 'faults', fault='close_race', target=OPERATIONS[shop.api]['close'])
    with pytest.raises(Throttled):
        shop.client().close(order.out_trade_no)
    shop.control('POST', 'clock', advance=5)
    assert shop.client().query(order.out_trade_no).trade_state == 'SUCCESS'
    with pytest.raises(Refused) as caught:
        shop.client().close(order.out_trade_no)
    assert caught.value.code == 'ORDER_PAID'


@pytest.mark.parametrize('fault', ['error_500_after', 'garbage', 'reset', 'outage'])
def test_an_answer_that_is_lost_leaves_the_outcome_open(shop: Shop, fault: str) -> None:
    shop.control('POST', 'login-code', openid=OPENID)
    shop.control('POST', 'faults', fault=fault, times=1, target=OPERATIONS[shop.api]['prepay'])
    client, order = shop.client(), shop.order('miniprogram')
    body = client.prepare(order)
    with pytest.raises(UnknownOutcome):
        client.prepay('miniprogram', body)
    assert client.prepay('miniprogram', body).startswith('wx')


@pytest.mark.parametrize('fault', ['response_wrong_signature', 'response_unsigned'])
def test_an_answer_that_is_not_proven_is_not_believed(shop: Shop, fault: str) -> None:
    order, _prepay_id = shop.placed()
    shop.control('POST', 'faults', fault=fault)
    with pytest.raises(UntrustedReply):
        shop.client().query(order.out_trade_no)


# === REFUND === #


def test_a_refund_is_accepted_done_and_told(shop: Shop) -> None:
    paid = shop.paid()
    shop.notices.clear()
    asked = shop.refund_of(paid)
    assert shop.client().refund(asked).status == 'PROCESSING'
    shop.control('POST', 'clock', advance=10)
    done = shop.client().query_refund(paid.out_trade_no, 'R1')
    assert (done.status, done.refund_fen, done.total_fen) == ('SUCCESS', 1000, 2590)
    (told,) = shop.told()
    assert told is not None
    assert told.transaction_id == paid.transaction_id


@pytest.mark.parametrize('status', ['ABNORMAL', 'CLOSED'])
def test_other_ends_of_a_refund_are_translated(shop: Shop, status: str) -> None:
    paid = shop.paid()
    shop.control('POST', 'faults', fault='refund_outcome', status=status)
    shop.client().refund(shop.refund_of(paid))
    shop.control('POST', 'clock', advance=10)
    assert shop.client().query_refund(paid.out_trade_no, 'R1').status == status


def test_a_refund_not_found_at_first_works_when_repeated(shop: Shop) -> None:
    paid = shop.paid()
    shop.control('POST', 'faults', fault='refund_not_found')
    asked: RefundOrder = shop.refund_of(paid)
    with pytest.raises(NotFound):
        shop.client().refund(asked)
    with pytest.raises(NotFound):
        shop.client().query_refund(paid.out_trade_no, 'R1')
    assert shop.client().refund(asked).status == 'PROCESSING'


# === BILLS === #


def _fetch(shop: Shop, kind: str, day: Any, **change: Any) -> list[Any]:
    """Return the lines of a bill, read by the suite to the totals at the end."""
    parts: list[bytes] = []
    shop.client(**change).fetch_bill(kind, day, parts.append)
    read = read_trade_bill if kind == 'trade' else read_fund_bill
    return list(read(split_lines(parts)))


@pytest.mark.parametrize('packed', [False, True])
def test_the_trade_bill_is_read_to_its_totals(shop: Shop, packed: bool) -> None:
    paid = shop.paid()
    shop.client().refund(shop.refund_of(paid))
    day = shop.until_tomorrow()
    payment, refund = _fetch(shop, 'trade', day, packed_bills=packed)
    assert (payment.kind, payment.amount_fen, payment.fee_fen) == ('payment', 2590, 16)
    assert payment.transaction_id == paid.transaction_id
    assert (refund.kind, refund.amount_fen, refund.fee_fen) == ('refund', 1000, -6)
    assert refund.out_refund_no == 'R1'


def test_a_bill_is_not_ready_or_empty(shop: Shop) -> None:
    day = shop.until_tomorrow()
    with pytest.raises(NotFound):
        _fetch(shop, 'trade', day)
    shop.control('POST', 'clock', advance=14 * 3600)
    with pytest.raises(Unfinished):
        _fetch(shop, 'trade', day.fromordinal(day.toordinal() + 1))


def test_a_bill_cut_on_its_way_is_not_believed(shop: Shop) -> None:
    shop.paid()
    day = shop.until_tomorrow()
    shop.control('POST', 'faults', fault='bill_corrupt')
    with pytest.raises(UnknownOutcome):
        _fetch(shop, 'trade', day)
    assert len(_fetch(shop, 'trade', day)) == 1


# === ONLY V3 === #


@pytest.fixture
def modern() -> Iterator[Shop]:
    """Return a channel of v3."""
    made = Shop('v3')
    with made.http:
        yield made


def test_the_fund_bill_is_read_to_its_totals(modern: Shop) -> None:
    modern.paid()
    day = modern.until_tomorrow()
    lines = _fetch(modern, 'fund', day)
    assert [(line.in_fen, line.out_fen) for line in lines] == [(2590, 0), (0, 16)]
    assert [line.kind for line in lines] == ['payment', 'fee']


def test_an_abnormal_refund_goes_to_a_card(modern: Shop) -> None:
    paid = modern.paid()
    modern.control('POST', 'faults', fault='refund_outcome', status='ABNORMAL')
    client = modern.client()
    refund = client.refund(modern.refund_of(paid))
    modern.control('POST', 'clock', advance=10)
    card = AbnormalRefund(
        refund.refund_id, 'R1', USER_BANK_CARD, 'ICBC_DEBIT', '6222021234567890', '张三'
    )
    assert client.apply_abnormal_refund(card).status == 'PROCESSING'
    modern.control('POST', 'clock', advance=10)
    assert client.query_refund(paid.out_trade_no, 'R1').status == 'SUCCESS'


def test_certificates_are_downloaded_and_a_changed_one_is_unknown(modern: Shop) -> None:
    client = modern.client(public_key_id='')
    (known,) = client.certificates(APIV3_KEY.encode())
    client = modern.client(public_key_id='', keys={known.serial_no: known.public_key})
    modern.control('POST', 'faults', fault='key_rotation')
    with pytest.raises(UntrustedReply):
        client.prepay('native', client.prepare(modern.order('native')))
    assert len(modern.client(public_key_id='').certificates(APIV3_KEY.encode())) == 2


def test_a_probe_is_repeated_by_the_client_itself(modern: Shop) -> None:
    order, _prepay_id = modern.placed()
    modern.control('POST', 'faults', fault='response_signtest')
    assert modern.client().query(order.out_trade_no).trade_state == 'NOTPAY'
