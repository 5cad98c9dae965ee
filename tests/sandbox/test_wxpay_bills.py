"""Bills: calls, readiness, form of the file, totals (spec/wechat_pay_v3.md §12)."""

from __future__ import annotations

import pytest

from tests.sandbox.billshop import ALL, FUND, bill_of, fetch, offer, read, today, until_tomorrow
from tests.sandbox.shop import APPID, MCHID, MODERN, OPENID, World

pytestmark = pytest.mark.anyio

NUMBER = 'T20260101000001'


async def _refund(world: World, fen: int, number: str = 'R1') -> str:
    body = {
        'out_trade_no': NUMBER,
        'out_refund_no': number,
        'amount': {'refund': fen, 'total': 2590, 'currency': 'CNY'},
    }
    answer = await world.wxpay('POST', '/v3/refund/domestic/refunds', body)
    assert answer.status_code == 200, answer.text
    await world.advance(10)
    return str(answer.json()['refund_id'])


async def test_a_payment_and_its_refund_are_two_lines_with_totals(world: World) -> None:
    day = today(world)
    paid = await world.paid(attach='a-1', description='AIS, 100')
    refund_id = await _refund(world, 1000)
    await until_tomorrow(world)
    raw = await fetch(world, day)
    assert raw.decode('utf-8-sig').partition('\r\n')[0] == ALL
    (payment, refund), totals = read(raw)
    assert payment == {
        '交易时间': paid['success_time'][:19].replace('T', ' '),
        '公众账号ID': APPID,
        '商户号': MCHID,
        '特约商户号': '0',
        '设备号': '',
        '微信订单号': paid['transaction_id'],
        '商户订单号': NUMBER,
        '用户标识': OPENID,
        '交易类型': 'JSAPI',
        '交易状态': 'SUCCESS',
        '付款银行': 'OTHERS',
        '货币种类': 'CNY',
        '应结订单金额': '25.90',
        '代金券金额': '0.00',
        '微信退款单号': '0',
        '商户退款单号': '0',
        '退款金额': '0.00',
        '充值券退款金额': '0.00',
        '退款类型': '',
        '退款状态': '',
        '商品名称': 'AIS  100',
        '商户数据包': 'a-1',
        '手续费': '0.16000',
        '费率': '0.60%',
        '订单金额': '25.90',
        '申请退款金额': '0.00',
        '费率备注': '',
    }
    assert (refund['交易状态'], refund['退款状态']) == ('REFUND', 'SUCCESS')
    assert (refund['微信退款单号'], refund['商户退款单号']) == (refund_id, 'R1')
    assert (refund['订单金额'], refund['申请退款金额'], refund['手续费']) == (
        '0.00',
        '10.00',
        '-0.06000',
    )
    assert totals == {
        '总交易单数': '2.0',
        '应结订单总金额': '25.90',
        '退款总金额': '10.00',
        '充值券退款总金额': '0.0',
        '手续费总金额': '0.10',
        '订单总金额': '25.90',
        '申请退款总金额': '10.00',
    }


async def test_fees_come_back_to_the_last_fen(world: World) -> None:
    day = today(world)
    await world.paid()
    for number, fen in enumerate((863, 863, 864)):
        await _refund(world, fen, f'R{number}')
        await world.advance(61)
    await until_tomorrow(world)
    fees = [line['手续费'] for line in await bill_of(world, day)]
    assert sorted(fees) == ['-0.05000', '-0.05000', '-0.06000', '0.16000']


async def test_the_types_have_columns_of_their_own(world: World) -> None:
    day = today(world)
    await world.paid()
    await _refund(world, 1000)
    await until_tomorrow(world)
    (paid,) = await bill_of(world, day, more='&bill_type=SUCCESS')
    assert not {'微信退款单号', '退款状态', '申请退款金额'} & set(paid)
    (refund,) = await bill_of(world, day, more='&bill_type=REFUND')
    assert {'退款申请时间', '退款成功时间', '微信退款单号'} <= set(refund)


async def test_the_packed_file_has_the_hash_of_the_plain_one(world: World) -> None:
    day = today(world)
    await world.paid()
    await until_tomorrow(world)
    assert await fetch(world, day, more='&tar_type=GZIP') == await fetch(world, day)


async def test_the_money_flows_add_up_to_the_balance(world: World) -> None:
    day = today(world)
    paid = await world.paid()
    await _refund(world, 2590)
    await until_tomorrow(world)
    raw = await fetch(world, day, 'fundflowbill', '&account_type=BASIC')
    assert raw.decode('utf-8-sig').partition('\r\n')[0] == FUND
    flows, totals = read(raw)
    seen = [(flow['业务类型'], flow['收支类型'], flow['收支金额(元)']) for flow in flows]
    assert seen == [
        ('交易', '收入', '25.90'),
        ('扣除交易手续费', '支出', '0.16'),
        ('退款', '支出', '25.90'),
        ('退还交易手续费', '收入', '0.16'),
    ]
    assert [flow['账户结余(元)'] for flow in flows] == [
        '100025.90',
        '100025.74',
        '99999.84',
        '100000.00',
    ]
    assert flows[0]['微信支付业务单号'] == paid['transaction_id']
    assert flows[2]['业务凭证号'] == 'R1'
    assert totals == {
        '资金流水总笔数': '4.0',
        '收入笔数': '2.0',
        '收入金额': '26.06',
        '支出笔数': '2.0',
        '支出金额': '26.06',
    }


async def test_a_reversed_charge_shows_both_sides(world: World) -> None:
    day = today(world)
    code = (await world.control('POST', 'payment-codes'))['auth_code']
    body = {
        'appid': APPID,
        'mchid': MCHID,
        'description': 'x',
        'out_trade_no': NUMBER,
        'amount': {'total': 100},
        'payer': {'auth_code': code},
        'scene_info': {'store_info': {'id': '1'}},
    }
    await world.wxpay('POST', '/v3/pay/transactions/codepay', body)
    await world.advance(15)
    path = f'/v3/pay/transactions/out-trade-no/{NUMBER}/reverse'
    await world.wxpay('POST', path, {'appid': APPID, 'mchid': MCHID})
    await until_tomorrow(world)
    lines = await bill_of(world, day)
    assert [(line['交易类型'], line['交易状态']) for line in lines] == [
        ('MICROPAY', 'SUCCESS'),
        ('MICROPAY', 'REVOKED'),
    ]


async def test_a_bill_is_ready_at_ten_of_the_next_day_in_beijing(world: World) -> None:
    day = today(world)
    await world.paid()
    same = await offer(world, day)
    assert (same.status_code, same.json()['code']) == (400, 'INVALID_REQUEST')
    await until_tomorrow(world, 9)
    early = await offer(world, day)
    assert (early.status_code, early.json()['code']) == (400, 'STATEMENT_CREATING')
    await world.advance(3600)
    assert (await offer(world, day)).status_code == 200


@pytest.mark.parametrize('kind', ['tradebill', 'fundflowbill'])
async def test_a_day_without_trade_has_no_bill(world: World, kind: str) -> None:
    day = today(world)
    await world.prepay()
    await until_tomorrow(world)
    answer = await offer(world, day, kind)
    assert (answer.status_code, answer.json()['code']) == (400, 'NO_STATEMENT_EXIST')


async def test_old_bills_are_gone(world: World) -> None:
    day = today(world)
    await world.paid()
    await world.advance(95 * 86400)
    assert (await offer(world, day)).json()['code'] == 'INVALID_REQUEST'


@pytest.mark.parametrize(
    ('kind', 'query', 'field'),
    [
        ('tradebill', '', 'bill_date'),
        ('tradebill', '?bill_date=20260101', 'bill_date'),
        ('tradebill', '?bill_date=2026-1-1', 'bill_date'),
        ('tradebill', '?bill_date=2026-01-01&bill_type=MINE', 'bill_type'),
        ('tradebill', '?bill_date=2026-01-01&tar_type=ZIP', 'tar_type'),
        ('fundflowbill', '?bill_date=2026-01-01&account_type=MINE', 'account_type'),
    ],
)
async def test_a_query_out_of_its_limits_is_named(
    world: World, kind: str, query: str, field: str
) -> None:
    answer = await world.wxpay('GET', f'/v3/bill/{kind}{query}')
    assert answer.json()['code'] == 'PARAM_ERROR'
    assert (
        answer.json()['detail'] | {'location': 'query', 'field': field} == answer.json()['detail']
    )


async def test_a_download_is_signed_short_lived_and_the_merchants_own(world: World) -> None:
    day = today(world)
    await world.paid()
    await until_tomorrow(world)
    url = (await offer(world, day)).json()['download_url']
    target = url.removeprefix('http://127.0.0.1:8070')
    assert (await world.client.get(target)).status_code == 401
    other = await world.wxpay('GET', target, account=MODERN)
    assert (other.status_code, other.json()['code']) == (403, 'NO_AUTH')
    await world.advance(301)
    late = await world.wxpay('GET', target)
    assert (late.status_code, late.json()['code']) == (400, 'INVALID_REQUEST')


async def test_each_merchant_sees_its_own_bill(world: World) -> None:
    day = today(world)
    await world.paid()
    await until_tomorrow(world)
    answer = await world.wxpay('GET', f'/v3/bill/tradebill?bill_date={day}', account=MODERN)
    assert answer.json()['code'] == 'NO_STATEMENT_EXIST'
