"""A shop that fetches bills of WeChat Pay and reads them with a reader of its own."""

from __future__ import annotations

import gzip
import hashlib
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx

from tests.sandbox.shop import World

BEIJING = timezone(timedelta(hours=8))
ALL = (
    '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,'
    '付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,'
    '退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注'
)
FUND = (
    '记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),'
    '资金变更提交申请人,备注,业务凭证号'
)


def today(world: World) -> str:
    """Return the Beijing day the sandbox's clock shows."""
    return f'{datetime.fromtimestamp(world.sandbox.clock.now(), BEIJING):%Y-%m-%d}'


async def until_tomorrow(world: World, hour: int = 10) -> None:
    """Move the sandbox's clock on to an hour of the next Beijing day."""
    now = datetime.fromtimestamp(world.sandbox.clock.now(), BEIJING)
    then = (now + timedelta(days=1)).replace(hour=hour, minute=0, second=0, microsecond=0)
    await world.advance((then - now).total_seconds())


async def offer(world: World, day: str, kind: str = 'tradebill', more: str = '') -> httpx.Response:
    """Ask where the bill of a day is to be had."""
    return await world.wxpay('GET', f'/v3/bill/{kind}?bill_date={day}{more}')


async def fetch(world: World, day: str, kind: str = 'tradebill', more: str = '') -> bytes:
    """Fetch a bill, check its hash and return it as plain bytes."""
    answer = await offer(world, day, kind, more)
    assert answer.status_code == 200, answer.text
    offered = answer.json()
    target = offered['download_url'].removeprefix('http://127.0.0.1:8070')
    file = await world.wxpay('GET', target)
    assert file.status_code == 200
    assert 'wechatpay-signature' not in file.headers
    plain = gzip.decompress(file.content) if 'GZIP' in more else file.content
    assert offered['hash_type'] == 'SHA1'
    assert offered['hash_value'] == hashlib.sha1(plain).hexdigest()
    return plain


def read(raw: bytes) -> tuple[list[dict[str, str]], dict[str, str]]:
    """Return the lines and the totals of a bill, after checking its form."""
    assert raw.startswith(b'\xef\xbb\xbf')
    rows = raw.decode('utf-8-sig').split('\r\n')
    assert rows.pop() == ''
    assert not any('\n' in row for row in rows)
    header, *details, names, totals = rows
    return [_record(header, row) for row in details], _record(names, totals)


def _record(names: str, row: str) -> dict[str, str]:
    values = row.split(',')
    assert all(value.startswith('`') for value in values)
    return dict(zip(names.split(','), (value[1:] for value in values), strict=True))


async def bill_of(world: World, day: str, **options: Any) -> list[dict[str, str]]:
    """Return the lines of a day's bill."""
    return read(await fetch(world, day, **options))[0]
