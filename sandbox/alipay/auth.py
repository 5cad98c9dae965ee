"""Accept or refuse a signed request, whichever way its parameters travel.

Source: spec/alipay.md §1, §2.1, §8.1, §9 (1).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from .. import crypto
from .answers import AlipayError
from .credentials import AlipayApp, apps

CHARSETS = frozenset({'utf-8', 'gbk', 'gb2312'})
_TIMESTAMP = re.compile(r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d')
# In the order a real gateway looks at them.
_NEEDED = (
    ('method', 'isv.missing-method', '方法名参数缺失'),
    ('app_id', 'isv.missing-app-id', '应用ID参数缺失'),
    ('sign', 'isv.missing-signature', '签名参数缺失'),
    ('sign_type', 'isv.missing-signature-type', '签名类型参数缺失'),
    ('timestamp', 'isv.missing-timestamp', '时间戳参数缺失'),
    ('version', 'isv.missing-version', '版本参数缺失'),
    ('charset', 'isv.missing-charset', '编码参数缺失'),
)


@dataclass(frozen=True)
class Call:
    """An accepted call; `base_url` is the simulator's address as the caller wrote it."""

    app: AlipayApp
    method: str
    parameters: dict[str, str]
    content: dict[str, Any]
    charset: str
    base_url: str

    def text(self, name: str) -> str:
        """Return a text of the content, '' when it is absent."""
        value = self.content.get(name)
        return value if isinstance(value, str) else ''


def merge(query: bytes, body: bytes) -> dict[str, str]:
    """Return the parameters of address and form together, decoded by the charset they name."""
    raw = [part for part in (query, body) if part]
    named = dict(parse_qsl(b'&'.join(raw).decode('latin-1'))).get('charset', 'utf-8').lower()
    charset = named if named in CHARSETS else 'utf-8'
    parameters: dict[str, str] = {}
    for part in raw:
        pairs = parse_qsl(
            part.decode('latin-1'), keep_blank_values=True, encoding=charset, errors='replace'
        )
        parameters.update(pairs)
    return parameters


def _invalid(sub_code: str, sub_msg: str) -> AlipayError:
    return AlipayError('40002', sub_code, sub_msg)


def authenticate(parameters: dict[str, str], base_url: str, methods: frozenset[str]) -> Call:
    """Return the accepted call.

    :raise AlipayError: 40001 for what is missing, 40002 for what is wrong
    """
    for name, sub_code, sub_msg in _NEEDED:
        if not parameters.get(name):
            raise AlipayError('40001', sub_code, sub_msg)
    app = _check_common(parameters, methods)
    _check_certificates(app, parameters)
    _check_signature(app, parameters)
    return Call(
        app,
        parameters['method'],
        parameters,
        _content(parameters.get('biz_content', '')),
        parameters['charset'].lower(),
        base_url,
    )


def _check_common(parameters: dict[str, str], methods: frozenset[str]) -> AlipayApp:
    if parameters['method'] not in methods:
        raise _invalid('isv.invalid-method', '不存在的方法名')
    app = apps().get(parameters['app_id'])
    if app is None:
        raise _invalid('isv.invalid-app-id', '无效的AppID参数')
    if parameters['sign_type'] != 'RSA2':
        raise _invalid('isv.invalid-signature-type', '无效的签名类型')
    if not _TIMESTAMP.fullmatch(parameters['timestamp']):
        raise _invalid('isv.invalid-timestamp', '非法的时间戳参数')
    if parameters['charset'].lower() not in CHARSETS:
        raise _invalid('isv.invalid-charset', '字符集错误')
    if parameters.get('format', 'JSON').upper() != 'JSON':
        raise _invalid('isv.invalid-format', '无效的数据格式')
    return app


def _check_certificates(app: AlipayApp, parameters: dict[str, str]) -> None:
    if not app.by_certificate:
        return
    if parameters.get('app_cert_sn') != app.cert_sn:
        raise _invalid('isv.app-cert-not-exist', '应用公钥证书不存在')
    if parameters.get('alipay_root_cert_sn') != app.root_sn:
        raise _invalid('invalid-alipay-root-cert-sn', '支付宝根证书序列号错误')


def _check_signature(app: AlipayApp, parameters: dict[str, str]) -> None:
    kept = sorted((name, value) for name, value in parameters.items() if value and name != 'sign')
    text = '&'.join(f'{name}={value}' for name, value in kept)
    if not crypto.rsa_verify(
        app.public_key, text.encode(parameters['charset'].lower(), 'replace'), parameters['sign']
    ):
        hint = f'验签出错，请检查签名私钥与应用公钥是否匹配，网关生成的验签字符串为：{text}'
        raise _invalid('isv.invalid-signature', hint)


def _content(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text or '{}')
    except ValueError as error:
        raise _invalid('isv.invalid-parameter', 'biz_content不是合法的JSON') from error
    if not isinstance(content, dict):
        raise _invalid('isv.invalid-parameter', 'biz_content不是JSON对象')
    return content
