"""Bills as files: a zip with CSV in GBK. Source: spec/alipay.md §5.8."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta

from .answers import wire_time, yuan
from .billlines import FUND, TRADE, Entry
from .credentials import AlipayApp

TRADE_HEADER = (
    '支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,'
    '对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,'
    '商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,'
    '退款批次号/请求号,服务费（元）,分润（元）,备注'
)
FUND_HEADER = (
    '账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,'
    '账户余额（元）,交易渠道,业务类型,备注'
)
_RULE = '-' * 41
TITLES = {TRADE: '业务明细', FUND: '账务明细'}


def _trade_lines(found: list[Entry]) -> list[str]:
    lines = []
    for entry in found:
        sign = -1 if entry.is_refund else 1
        amount = yuan(sign * entry.amount)
        cells = {
            '支付宝交易号': f'{entry.trade_no}\t',
            '商户订单号': f'{entry.out_trade_no}\t',
            '业务类型': '退款' if entry.is_refund else '交易',
            '商品名称': entry.subject,
            '创建时间': wire_time(entry.created_wall),
            '完成时间': wire_time(entry.wall),
            '对方账户': '*买家(159****5620)\t',
            '订单金额（元）': amount,
            '商家实收（元）': amount,
            '退款批次号/请求号': f'{entry.request_no}\t',
            '服务费（元）': yuan(-sign * entry.fee),
        }
        zero = '0.00'
        names = TRADE_HEADER.split(',')
        lines.append(
            ','.join(cells.get(name, zero if name.endswith('（元）') else '') for name in names)
        )
    return lines


def _trade_sums(found: list[Entry]) -> list[str]:
    paid = [entry.amount for entry in found if not entry.is_refund]
    back = [entry.amount for entry in found if entry.is_refund]
    return [
        f'#交易合计：{len(paid)}笔，商家实收共{yuan(sum(paid))}元，商家优惠共0.00元',
        f'#退款合计：{len(back)}笔，商家实收退款共{yuan(-sum(back))}元，商家优惠退款共0.00元',
    ]


def _fund_lines(found: list[Entry]) -> tuple[list[str], list[str]]:
    lines: list[str] = []
    balance, totals, counts = 0, [0, 0], [0, 0]
    for entry in found:
        business = '交易退款' if entry.is_refund else '在线支付'
        moves = [(business, -entry.amount if entry.is_refund else entry.amount)]
        if entry.fee:
            fee_word, fee = ('退费', entry.fee) if entry.is_refund else ('收费', -entry.fee)
            moves.append((fee_word, fee))
        for position, (word, amount) in enumerate(moves):
            balance += amount
            totals[amount < 0] += amount
            counts[amount < 0] += 1
            # The number stays the same whenever the bill is fetched.
            number = f'{entry.trade_no[-14:]}{len(lines):04d}{position}'
            lines.append(
                f'{number}\t,{entry.trade_no}\t,{entry.key}\t,{entry.subject},'
                f'{wire_time(entry.wall)},*买家(159****5620)\t,{yuan(max(amount, 0))},'
                f'{yuan(min(amount, 0))},{yuan(balance)},支付宝,{word},'
            )
    sums = [
        f'#支出合计：{counts[1]}笔，共{yuan(totals[1])}元',
        f'#收入合计：{counts[0]}笔，共{yuan(totals[0])}元',
    ]
    return lines, sums


class _GbkInfo(zipfile.ZipInfo):
    """A file whose name is in GBK and not marked as UTF-8."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode('gbk'), self.flag_bits


def build(app: AlipayApp, kind: str, day: date, found: list[Entry], spoil: str = '') -> bytes:
    """Return the zip file of a bill: the summary first, then the details.

    :param spoil: sums | cut | flipped | bomb
    """
    title = TITLES[kind]
    if kind == TRADE:
        header, lines, sums = TRADE_HEADER, _trade_lines(found), _trade_sums(found)
    else:
        header, (lines, sums) = FUND_HEADER, _fund_lines(found)
    if spoil == 'sums':
        lines = lines[1:]
    next_day = day + timedelta(days=1)
    text = [
        f'#支付宝{title}查询',
        f'#账号：[{app.seller_id}0156]',
        f'#起始日期：[{day:%Y年%m月%d日} 00:00:00]   终止日期：[{next_day:%Y年%m月%d日} 00:00:00]',
        f'#{_RULE}{title}列表{_RULE}',
        header,
        *lines,
        f'#{_RULE}{title}列表结束{_RULE}',
        *sums,
        f'#导出时间：[{next_day:%Y年%m月%d日} 09:00:00]',
    ]
    name = f'{app.seller_id}0156_{day:%Y%m%d}_{title}'
    details = '\r\n'.join([*text, '']).encode('gb18030')
    if spoil == 'bomb':
        details += b'0' * (256 * 1024**2)
    summary = '\r\n'.join([f'#支付宝{title}汇总查询', *sums, '']).encode('gb18030')
    return _spoil(_pack({f'{name}(汇总).csv': summary, f'{name}.csv': details}), spoil)


def _pack(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, 'w') as archive:
        for name, content in files.items():
            info = _GbkInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    return packed.getvalue()


def _spoil(raw: bytes, spoil: str) -> bytes:
    if spoil == 'cut':
        return raw[: len(raw) // 2]
    if spoil == 'flipped':
        middle = len(raw) // 2
        return raw[:middle] + bytes([raw[middle] ^ 0xFF]) + raw[middle + 1 :]
    return raw
