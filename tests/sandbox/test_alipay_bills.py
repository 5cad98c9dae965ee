"""Bills of Alipay and how they may differ."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest

from sandbox.alipay import billtext
from sandbox.alipay.credentials import apps
from tests.sandbox.alipay_shop import APP_ID, BEIJING, CERT_APP_ID, NUMBER, AlipayShop, order
from tests.sandbox.shop import World

pytestmark = pytest.mark.anyio

METHOD = 'data.dataservice.bill.downloadurl.query'
AMOUNT, FEE, KIND = '订单金额（元）', '服务费（元）', '业务类型'


def _day(offset: int = 0) -> str:
    return (datetime.now(BEIJING).date() + timedelta(days=offset)).isoformat()


@pytest.fixture
async def shop(world: World) -> AsyncIterator[AlipayShop]:
    """Return the shop on the morning after a day with one payment and one refund."""
    shop = AlipayShop(world)
    await shop.paid()
    content = {'out_trade_no': NUMBER, 'refund_amount': '10.00', 'out_request_no': 'R1'}
    await shop.call('trade.refund', content)
    await shop.world.advance(86400 + 10 * 3600)
    yield shop


def _seen(rows: list[dict[str, str]]) -> list[tuple[str, ...]]:
    names = ('商户订单号', KIND, AMOUNT, '退款批次号/请求号', FEE)
    return [tuple(row[name] for name in names) for row in rows]


PAYMENT = (NUMBER, '交易', '25.90', '', '-0.16')
REFUND = (NUMBER, '退款', '-10.00', 'R1', '0.06')


async def test_a_bill_lists_payments_and_refunds(shop: AlipayShop) -> None:
    assert _seen(await shop.bill(_day())) == [PAYMENT, REFUND]
    rows = await shop.bill(_day(), 'signcustomer')
    assert [(row['业务类型'], row['收入金额（+元）'], row['支出金额（-元）']) for row in rows] == [
        ('在线支付', '25.90', '0.00'),
        ('收费', '0.00', '-0.16'),
        ('交易退款', '0.00', '-10.00'),
        ('退费', '0.06', '0.00'),
    ]
    assert rows[-1]['账户余额（元）'] == '15.80'


async def test_a_bill_comes_as_a_zip_in_gbk_with_a_summary_first(shop: AlipayShop) -> None:
    node = await shop.call(METHOD, {'bill_type': 'trade', 'bill_date': _day()})
    raw = (await shop.world.client.get(node['bill_download_url'])).content
    with zipfile.ZipFile(BytesIO(raw), metadata_encoding='gbk') as archive:
        summary, details = archive.namelist()
        text = archive.read(details).decode('gbk')
    assert summary.endswith('_业务明细(汇总).csv')
    assert details.endswith('_业务明细.csv')
    assert '#账号：[20881021462251350156]' in text
    assert '#交易合计：1笔，商家实收共25.90元' in text
    assert '#退款合计：1笔，商家实收退款共-10.00元' in text


async def test_another_seller_sees_nothing_of_it(shop: AlipayShop) -> None:
    content = {'bill_type': 'trade', 'bill_date': _day()}
    node = await shop.call(METHOD, content, CERT_APP_ID)
    assert node['sub_code'] == 'isp.bill_not_exist'


async def test_a_link_is_good_for_half_a_minute(shop: AlipayShop) -> None:
    node = await shop.call(METHOD, {'bill_type': 'trade', 'bill_date': _day()})
    await shop.world.advance(31)
    answer = await shop.world.client.get(node['bill_download_url'])
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ('content', 'sub_code'),
    [
        ({'bill_type': 'trade', 'bill_date': 'x'}, 'ACQ.INVAILID_ARGUMENTS'),
        ({'bill_type': 'tax', 'bill_date': '2026-01-01'}, 'ACQ.INVAILID_ARGUMENTS'),
        ({'bill_type': 'trade', 'bill_date': '2099-01-01'}, 'ACQ.INVAILID_ARGUMENTS'),
        ({'bill_type': 'trade', 'bill_date': '2020-01-01'}, 'isp.bill_not_exist'),
    ],
)
async def test_a_day_without_a_bill_is_refused(
    shop: AlipayShop, content: dict[str, str], sub_code: str
) -> None:
    assert (await shop.call(METHOD, content))['sub_code'] == sub_code


async def test_the_running_day_has_no_bill_and_the_morning_none_yet(world: World) -> None:
    shop = AlipayShop(world)
    await shop.paid()
    content = {'bill_type': 'trade', 'bill_date': _day()}
    assert (await shop.call(METHOD, content))['sub_code'] == 'ACQ.INVAILID_ARGUMENTS'
    now = datetime.now(BEIJING)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    await shop.world.advance((midnight - now).total_seconds() + 60)
    assert (await shop.call(METHOD, content))['sub_code'] == 'isp.bill_not_exist'
    await shop.world.advance(9 * 3600)
    assert len(await shop.bill(_day())) == 1


# === DIFFERENCES === #


@pytest.mark.parametrize(
    ('change', 'expected'),
    [
        ({'difference': 'missing'}, [REFUND]),
        ({'difference': 'duplicate'}, [PAYMENT, PAYMENT, REFUND]),
        ({'difference': 'amount'}, [(NUMBER, '交易', '25.91', '', '-0.16'), REFUND]),
        ({'difference': 'amount', 'fen': -90}, [(NUMBER, '交易', '25.00', '', '-0.16'), REFUND]),
        ({'difference': 'fee', 'fen': 4}, [(NUMBER, '交易', '25.90', '', '-0.20'), REFUND]),
        ({'difference': 'state'}, [(NUMBER, '退款', '-25.90', '', '0.16'), REFUND]),
    ],
    ids=str,
)
async def test_a_line_may_differ_and_stays_so(
    shop: AlipayShop, change: dict[str, Any], expected: list[tuple[str, ...]]
) -> None:
    await shop.fault('bill_difference', target=NUMBER, **change)
    for _ in range(2):
        assert _seen(await shop.bill(_day())) == expected
    (made,) = (await shop.control('GET', 'bills'))['differences']
    assert (made['line'], made['difference']) == (NUMBER, change['difference'])
    # The account log is another bill.
    assert len(await shop.bill(_day(), 'signcustomer')) == 4


async def test_a_line_may_be_unknown_here(shop: AlipayShop) -> None:
    await shop.fault('bill_difference', target='R1', difference='unknown')
    first, refund, unknown = await shop.bill(_day())
    assert _seen([first, refund]) == [PAYMENT, REFUND]
    assert unknown['商户订单号'].startswith('UNKNOWN')
    assert unknown['支付宝交易号'] != refund['支付宝交易号']


async def test_a_line_may_wait_over_midnight(shop: AlipayShop) -> None:
    await shop.fault('bill_difference', target=NUMBER, difference='next_day')
    assert _seen(await shop.bill(_day())) == [REFUND]
    await shop.world.advance(86400)
    assert _seen(await shop.bill(_day(1))) == [PAYMENT]


async def test_the_account_log_may_differ(shop: AlipayShop) -> None:
    await shop.fault('fund_difference', target=NUMBER, difference='missing')
    rows = await shop.bill(_day(), 'signcustomer')
    assert [row['业务类型'] for row in rows] == ['交易退款', '退费']
    assert len(await shop.bill(_day())) == 2


async def test_a_payment_can_be_made_in_the_past(world: World) -> None:
    shop = AlipayShop(world)
    await shop.call('trade.precreate', order())
    await shop.act('pay', paid_at=f'{_day(-2)}T23:59:59+08:00')
    assert [row['完成时间'] for row in await shop.bill(_day(-2))] == [f'{_day(-2)} 23:59:59']
    node = await shop.call('trade.query', {'out_trade_no': NUMBER})
    assert node['send_pay_date'] == f'{_day(-2)} 23:59:59'


async def _file(shop: AlipayShop, **params: Any) -> bytes:
    await shop.fault('bill_corrupt', target=APP_ID, **params)
    node = await shop.call(METHOD, {'bill_type': 'trade', 'bill_date': _day()})
    return (await shop.world.client.get(node['bill_download_url'])).content


def _is_whole(raw: bytes) -> bool:
    try:
        with zipfile.ZipFile(BytesIO(raw)) as archive:
            return archive.testzip() is None
    except (zipfile.BadZipFile, zlib.error):
        return False


@pytest.mark.parametrize('mode', [{}, {'mode': 'flipped'}], ids=str)
async def test_a_file_may_be_broken(shop: AlipayShop, mode: dict[str, str]) -> None:
    assert not _is_whole(await _file(shop, **mode))
    # The next one is good again.
    assert len(await shop.bill(_day())) == 2


async def test_sums_may_be_wrong(shop: AlipayShop) -> None:
    raw = await _file(shop, mode='sums')
    with zipfile.ZipFile(BytesIO(raw)) as archive:
        text = archive.read(archive.namelist()[1]).decode('gbk')
    assert NUMBER not in text.partition('退款')[0]
    assert '#交易合计：1笔' in text


def test_a_file_may_be_a_bomb() -> None:
    raw = billtext.build(apps()[APP_ID], 'trade', date(2026, 1, 1), [], 'bomb')
    assert len(raw) < 2_000_000
    with zipfile.ZipFile(BytesIO(raw)) as archive:
        assert sum(info.file_size for info in archive.infolist()) > 200_000_000


async def test_the_download_can_fail(shop: AlipayShop) -> None:
    node = await shop.call(METHOD, {'bill_type': 'trade', 'bill_date': _day()})
    await shop.fault('error_500_before', target='alipay.bill_download')
    assert (await shop.world.client.get(node['bill_download_url'])).status_code == 500
    assert (await shop.world.client.get(node['bill_download_url'])).status_code == 200
