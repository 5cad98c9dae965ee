"""What is asked for, and amounts and texts in it. Source: spec/alipay.md §5.1, §5.2, §10."""

import datetime
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alipay_helpers import NUMBER, client
from alipay_vectors import APP_ID
from paywire.alipay import orders, parsing, writing
from paywire.errors import InvalidArgument, Malformed
from paywire.orders import PrepayOrder

ORDER = PrepayOrder(
    scene='page',
    appid=APP_ID,
    out_trade_no=NUMBER,
    description='泰国 AIS 🎉 100',
    amount_fen=2590,
    notify_url='https://shop.example/payment/alipay/notify/x',
    expires_at=datetime.datetime(2026, 1, 1, 19, 34, 5, tzinfo=datetime.UTC),
    return_url='https://shop.example/back?order=1',
)
COMMON = {
    'out_trade_no': NUMBER,
    'total_amount': '25.90',
    'subject': '泰国 AIS 100',
    'time_expire': '2026-01-02 03:34:05',
}


@pytest.mark.parametrize(
    ('scene', 'method', 'more'),
    [
        ('page', 'alipay.trade.page.pay', {'product_code': 'FAST_INSTANT_TRADE_PAY'}),
        (
            'h5',
            'alipay.trade.wap.pay',
            {'product_code': 'QUICK_WAP_WAY', 'quit_url': 'https://shop.example/back?order=1'},
        ),
        ('app', 'alipay.trade.app.pay', {'product_code': 'QUICK_MSECURITY_PAY'}),
        ('native', 'alipay.trade.precreate', {}),
        (
            'code',
            'alipay.trade.pay',
            {
                'product_code': 'FACE_TO_FACE_PAYMENT',
                'scene': 'bar_code',
                'auth_code': '280000000000000001',
                'store_id': 'S1',
            },
        ),
    ],
)
def test_each_scene_has_its_method_and_fields(scene, method, more):
    auth_code = '280000000000000001' if scene == 'code' else ''
    store_id = 'S1' if scene == 'code' else ''
    order = replace(ORDER, scene=scene, auth_code=auth_code, store_id=store_id)
    prepared = orders.restore(scene, orders.prepare(order))
    assert prepared.method == method
    assert json.loads(prepared.biz_content) == COMMON | more
    assert prepared.notify_url == ORDER.notify_url
    assert prepared.return_url == (ORDER.return_url if scene in ('page', 'h5') else '')
    assert prepared.out_trade_no == NUMBER


def test_same_order_gives_the_same_bytes_without_time_or_signature():
    first, _transport = client(clock=lambda: 1)
    second, _transport = client(clock=lambda: 2)
    body = first.prepare(ORDER)
    assert body == second.prepare(ORDER)
    assert set(json.loads(body)) == {'method', 'notify_url', 'return_url', 'biz_content'}


@pytest.mark.parametrize(
    'spoiled',
    [
        {'scene': 'miniprogram'},
        {'appid': '2021000000000009'},
        {'amount_fen': 0},
        {'amount_fen': -1},
        {'amount_fen': 1.5},
        {'amount_fen': True},
        {'amount_fen': 10_000_000_001},
        {'out_trade_no': ''},
        {'out_trade_no': 'A-1'},
        {'out_trade_no': 'A' * 65},
        {'out_trade_no': '订单1'},
        {'description': '🎉/'},
        {'notify_url': '/notify'},
        {'notify_url': 'https://x/' + 'a' * 250},
        {'return_url': 'javascript:1'},
        {'expires_at': datetime.datetime.fromisoformat('2026-01-01')},
        {'scene': 'code', 'auth_code': ''},
        {'scene': 'code', 'auth_code': '130000000000000001'},
        {'scene': 'code', 'auth_code': '28000000000000000x'},
        {'scene': 'code', 'auth_code': '2800'},
    ],
    ids=str,
)
def test_unusable_order_is_refused_before_anything_is_sent(spoiled):
    alipay, transport = client()
    with pytest.raises(InvalidArgument):
        alipay.prepare(replace(ORDER, **spoiled))
    assert transport.sent == []


@pytest.mark.parametrize('body', [b'', b'{}', b'[]', b'1', b'\xff', b'{"method":"x"}'])
def test_other_bytes_are_not_restored(body):
    with pytest.raises(InvalidArgument):
        orders.restore('page', body)


def test_body_of_another_scene_is_not_used():
    with pytest.raises(InvalidArgument):
        orders.restore('h5', orders.prepare(ORDER))


# === AMOUNTS AND TEXTS === #


@pytest.mark.parametrize(
    ('fen', 'yuan'),
    [(1, '0.01'), (10, '0.10'), (100, '1.00'), (2590, '25.90'), (10_000_000_000, '100000000.00')],
)
def test_amounts_are_written_with_two_decimals(fen, yuan):
    assert writing.yuan(fen) == yuan


@given(fen=st.integers(min_value=1, max_value=10_000_000_000))
def test_amounts_survive_the_way_there_and_back(fen):
    assert parsing.fen({'a': writing.yuan(fen)}, 'a') == fen


@pytest.mark.parametrize(
    ('value', 'fen'),
    [('10', 1000), ('10.0', 1000), ('10.00', 1000), ('0.29', 29), ('1.1000', 110), (88, 8800)],
)
def test_amounts_are_read_however_they_are_written(value, fen):
    # Trap 18: '10' and '10.00' are the same, and nothing passes through a float.
    assert parsing.fen({'a': value}, 'a') == fen


@pytest.mark.parametrize(
    'value', ['', 'x', '1e2', '0.001', '-1', 'NaN', '١', '1,000.00', ' 1', True, None, 1.5, []]
)
def test_what_is_no_amount_is_malformed(value):
    with pytest.raises(Malformed):
        parsing.fen({'a': value}, 'a')


@pytest.mark.parametrize(
    ('text', 'clean'),
    [
        ('a/b=c&d', 'a b c d'),
        ('a,"b"', 'a b'),
        (' a \n\t b ', 'a b'),
        ('a\x00\ud800b', 'ab'),
        ('话费 100', '话费 100'),
        ('x' * 200, 'x' * 128),
    ],
    ids=ascii,
)
def test_texts_are_made_fit(text, clean):
    assert writing.clean_text(text, 128) == clean


@pytest.mark.parametrize(
    'text', ['2026-01-02 03:04:05', '2026-01-02 03:04:05.678', '2026-01-01T19:04:05+00:00']
)
def test_times_are_those_of_beijing(text):
    assert parsing.moment(text).replace(microsecond=0) == datetime.datetime(
        2026, 1, 1, 19, 4, 5, tzinfo=datetime.UTC
    )


def test_wrong_time_is_malformed_and_an_absent_one_is_none():
    with pytest.raises(Malformed):
        parsing.optional_moment({'a': 'yesterday'}, 'a')
    assert parsing.optional_moment({'a': ''}, 'a') is None
    assert parsing.optional_moment({}, 'a') is None
