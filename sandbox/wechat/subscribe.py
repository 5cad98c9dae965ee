"""Subscription messages. Source: spec/wechat_miniprogram.md §5."""

from __future__ import annotations

import json
import re
from types import MappingProxyType
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..books import stamp
from ..credentials import TEMPLATES, Template
from ..state import Sandbox
from .answers import WechatError, ok
from .kernel import app_of_token, json_body

_DATE = r'\d{4}(年\d{1,2}月\d{1,2}日|-\d{1,2}-\d{1,2}|/\d{1,2}/\d{1,2}|\.\d{1,2}\.\d{1,2})'
_CLOCK = r'([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?'
_TIME = rf'({_DATE} ?)?{_CLOCK}'
_DAY = rf'{_DATE}( ?{_CLOCK})?'
_CHINESE = '\u4e00-\u9fff'

# One whole-value pattern a type; lengths count characters, one Chinese character is 1.
TYPES = MappingProxyType(
    {
        'thing': re.compile(r'[^\x00-\x1f\x7f]{1,20}'),
        'number': re.compile(r'(?=.{1,32}$)-?\d+(\.\d+)?'),
        'letter': re.compile(r'[A-Za-z]{1,32}'),
        'symbol': re.compile(rf'[^A-Za-z0-9{_CHINESE}\s]{{1,5}}'),
        'character_string': re.compile(r'[\x21-\x7e ]{1,32}'),
        'time': re.compile(rf'{_TIME}(~{_TIME})?'),
        'date': re.compile(rf'{_DAY}(~{_DAY})?'),
        'amount': re.compile(r'[¥￥$€£]?(?=[\d.]{1,11}(元|$))\d{1,10}(\.\d+)?元?'),
        'phone_number': re.compile(r'[\d+\-() *]{1,17}'),
        'car_number': re.compile(r'.{1,8}'),
        'name': re.compile(rf'[{_CHINESE}·]{{1,10}}|[A-Za-z .]{{1,20}}'),
        'phrase': re.compile(rf'[{_CHINESE}]{{1,5}}'),
    }
)
STATES = frozenset({'developer', 'trial', 'formal'})
LANGUAGES = frozenset({'zh_CN', 'en_US', 'zh_HK', 'zh_TW'})
# A page of the released version; anything of the usual form counts as released but this one.
PAGE = re.compile(r'pages/[A-Za-z0-9_\-/]+(\?.*)?')
UNRELEASED = 'pages/unreleased'


async def send(sandbox: Sandbox, request: Request) -> Response:
    """Deliver a subscription message and use up one unit of the person's quota."""
    appid = app_of_token(sandbox, request)
    body = await json_body(request)
    person = sandbox.wechat.known(appid, str(body.get('touser', '')))
    if person is None:
        raise WechatError(40003)
    template = TEMPLATES[appid].get(str(body.get('template_id', '')))
    if template is None:
        raise WechatError(40037)
    _check_frame(body)
    _check_data(template, body.get('data'))
    if person.refuses_messages or person.quota.get(template.template_id, 0) < 1:
        raise WechatError(43101)
    person.quota[template.template_id] -= 1
    shown = _as_shown(await request.body())
    sandbox.books.messages.append(
        {
            'at': stamp(),
            'appid': appid,
            'openid': person.openid,
            'template_id': template.template_id,
            'title': template.title,
            'lines': [[label, shown['data'][key]['value']] for key, label in template.keys],
            'data': body['data'],
            'page': body.get('page', ''),
            'miniprogram_state': body.get('miniprogram_state', 'formal'),
            'lang': body.get('lang', 'zh_CN'),
        }
    )
    return ok()


def _as_shown(raw: bytes) -> dict[str, Any]:
    """Return the body as the phone shows it: escaped characters (`\\u4e2d`) appear literally."""
    shown = json.loads(re.sub(r'(?<!\\)\\u', r'\\\\u', raw.decode()))
    return dict(shown)


def _check_frame(body: dict[str, Any]) -> None:
    page = body.get('page', '')
    if page and (not PAGE.fullmatch(str(page)) or str(page).startswith(UNRELEASED)):
        raise WechatError(41030)
    if body.get('miniprogram_state', 'formal') not in STATES:
        raise WechatError(47003, 'miniprogram_state invalid')
    if body.get('lang', 'zh_CN') not in LANGUAGES:
        raise WechatError(47003, 'lang invalid')


def _check_data(template: Template, data: object) -> None:
    if not isinstance(data, dict):
        raise WechatError(47003, 'data invalid')
    keys = [key for key, _label in template.keys]
    for key in (*keys, *data):
        item = data.get(key)
        value = item.get('value') if isinstance(item, dict) else None
        kind = key.rstrip('0123456789')
        valid = key in keys and isinstance(value, str) and TYPES[kind].fullmatch(value)
        if not valid or not str(value).strip():
            raise WechatError(47003, f'data.{key}.value invalid')
