"""Check a request body field by field. Source: spec/wechat_pay_v3.md §1, §5, §8, §13."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .answers import WxpayError


def param_error(field: str, value: Any, issue: str, location: str = 'body') -> WxpayError:
    """Return the refusal of one field."""
    detail = {'field': field, 'issue': issue, 'location': location, 'value': value}
    return WxpayError(400, 'PARAM_ERROR', f'参数错误：{issue}', detail)


@dataclass(frozen=True)
class Text:
    """A string; `unit` tells what `longest` counts."""

    longest: int
    required: bool = False
    shortest: int = 1
    pattern: str = ''
    choices: frozenset[str] = frozenset()
    unit: str = 'chars'


@dataclass(frozen=True)
class Whole:
    """An integer."""

    least: int
    required: bool = False


@dataclass(frozen=True)
class Flag:
    """A boolean."""

    required: bool = False


@dataclass(frozen=True)
class Group:
    """An object with exactly these fields."""

    fields: Mapping[str, Spec]
    required: bool = False
    biggest: int = 0


@dataclass(frozen=True)
class Many:
    """An array of like items."""

    item: Spec
    required: bool = False


Spec = Text | Whole | Flag | Group | Many


def parse(raw: bytes) -> dict[str, Any]:
    """Return the JSON object in `raw`.

    :raise WxpayError: not JSON, a `null`, or a character beyond the basic plane
    """
    try:
        body = json.loads(raw.decode())
    except ValueError as error:
        raise WxpayError(400, 'PARAM_ERROR', '请求参数格式错误，不是合法的JSON') from error
    if not isinstance(body, dict):
        raise WxpayError(400, 'PARAM_ERROR', '请求参数格式错误，应为JSON对象')
    _check_characters(body, '')
    return body


def _check_characters(value: Any, pointer: str) -> None:
    if value is None:
        raise param_error(pointer, None, '不支持 null')
    if isinstance(value, str) and any(ord(char) > 0xFFFF for char in value):
        raise param_error(pointer, value, '不支持4字节UTF-8字符')
    if isinstance(value, dict):
        for key, item in value.items():
            _check_characters(key, pointer)
            _check_characters(item, f'{pointer}/{key}')
    if isinstance(value, list):
        for number, item in enumerate(value):
            _check_characters(item, f'{pointer}/{number}')


def check(value: Any, spec: Spec, pointer: str = '') -> None:
    """Check `value` against `spec`.

    :raise WxpayError: PARAM_ERROR with a JSON pointer to the field
    """
    if isinstance(spec, Group):
        _check_group(value, spec, pointer)
    elif isinstance(spec, Many):
        if not isinstance(value, list) or not value:
            raise param_error(pointer, value, '应为非空数组')
        for number, item in enumerate(value):
            check(item, spec.item, f'{pointer}/{number}')
    elif isinstance(spec, Text):
        _check_text(value, spec, pointer)
    elif isinstance(spec, Whole):
        if type(value) is not int or value < spec.least:
            raise param_error(pointer, value, f'应为不小于{spec.least}的整数')
    elif not isinstance(value, bool):
        raise param_error(pointer, value, '应为布尔值')


def _check_group(value: Any, spec: Group, pointer: str) -> None:
    if not isinstance(value, dict):
        raise param_error(pointer, value, '应为对象')
    for name, inner in spec.fields.items():
        if name in value:
            check(value[name], inner, f'{pointer}/{name}')
        elif inner.required:
            raise param_error(f'{pointer}/{name}', None, '缺少必填参数')
    for name in value:
        if name not in spec.fields:
            raise param_error(f'{pointer}/{name}', value[name], '非法的额外参数', 'uri_template')
    if spec.biggest and len(json.dumps(value, ensure_ascii=False).encode()) > spec.biggest:
        raise param_error(pointer, None, f'超过{spec.biggest}字节')


def _check_text(value: Any, spec: Text, pointer: str) -> None:
    if not isinstance(value, str):
        raise param_error(pointer, value, '应为字符串')
    length = len(value.encode()) if spec.unit == 'bytes' else len(value)
    if not spec.shortest <= length <= spec.longest:
        raise param_error(pointer, value, f'长度应为{spec.shortest}到{spec.longest}')
    if spec.pattern and not re.fullmatch(spec.pattern, value):
        raise param_error(pointer, value, '含有不支持的字符或格式错误')
    if spec.choices and value not in spec.choices:
        raise param_error(pointer, value, '取值不在范围内')


def check_notify_url(url: str, local_hosts: Set[str], pointer: str = '/notify_url') -> None:
    """Check a notify_url: https, public, with a path, no query string.

    Plain http is let through to loopback addresses and `local_hosts`: this world is a local one.
    """
    parts = urlsplit(url)
    host = parts.hostname or ''
    local = host == 'localhost' or host in local_hosts or _is_loopback(host)
    if parts.query or '?' in url or '#' in url:
        raise param_error(pointer, url, '回调地址不能携带参数')
    if not host or not parts.path.startswith('/') or parts.username is not None:
        raise param_error(pointer, url, '回调地址应为完整的URL')
    if parts.scheme != 'https' and not (parts.scheme == 'http' and local):
        raise param_error(pointer, url, '回调地址应以https://开头')
    if not local and not _is_public(host):
        raise param_error(pointer, url, '回调地址应为外网可访问的地址')


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return '.' in host and not host.endswith(('.local', '.localhost', '.internal'))
