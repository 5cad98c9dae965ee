"""Answers of the gateway: the node is written once, signed, and embedded as it is.

Keys come in random order, with blanks and escaped slashes, so that a client that writes the node
anew before it verifies is found out. Source: spec/alipay.md §2.2, §8, §9 (2).
"""

from __future__ import annotations

import json
import random
from datetime import datetime, timedelta, timezone
from typing import Any

from starlette.responses import Response

from .. import crypto
from .credentials import AlipaySigner

BEIJING = timezone(timedelta(hours=8))

_MESSAGES = {
    '10000': 'Success',
    '10003': 'order success pay inprocess',
    '20000': 'Service Currently Unavailable',
    '20001': 'Insufficient Token Permissions',
    '40001': 'Missing Required Arguments',
    '40002': 'Invalid Arguments',
    '40004': 'Business Failed',
    '40005': 'Call Limited',
    '40006': 'Insufficient Permissions',
}
# Spoilers of an answer, besides those of every company.
UNSIGNED, WRONG = 'response_unsigned', 'response_wrong_signature'
ERROR_NODE, DUPLICATE_ROOT = 'response_error_node', 'response_duplicate_root'
_SPELLED_WRONGLY = frozenset({WRONG, 'response_signtest', 'response_old_timestamp'})


class AlipayError(Exception):
    """The gateway says no. `code` 40004 is a business failure, whose answer is signed."""

    def __init__(self, code: str, sub_code: str, sub_msg: str) -> None:
        super().__init__(code, sub_code, sub_msg)
        self.code = code
        self.sub_code = sub_code
        self.sub_msg = sub_msg

    def node(self) -> dict[str, Any]:
        """Return the content of the answer."""
        return {'code': self.code, 'sub_code': self.sub_code, 'sub_msg': self.sub_msg}


def failed(sub_code: str, sub_msg: str) -> AlipayError:
    """Return a business failure."""
    return AlipayError('40004', f'ACQ.{sub_code}', sub_msg)


def yuan(fen: int) -> str:
    """Return an amount in yuan with two decimals."""
    sign = '-' if fen < 0 else ''
    return f'{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}'


def wire_time(moment: float) -> str:
    """Return a machine's time as Alipay writes it, in Beijing time."""
    return datetime.fromtimestamp(int(moment), BEIJING).strftime('%Y-%m-%d %H:%M:%S')


def root_of(method: str) -> str:
    """Return the name of the node that answers a method."""
    return f'{method.replace(".", "_")}_response'


def write_node(content: dict[str, Any]) -> str:
    """Return the node's text as no serializer would write it."""
    code = str(content.get('code', '10000'))
    node = {'code': code, 'msg': _MESSAGES.get(code, 'x'), **content}
    names = list(node)
    random.shuffle(names)
    gap = random.choice(['', ' ', '\n '])
    text = json.dumps(
        {name: node[name] for name in names},
        ensure_ascii=False,
        separators=(f',{gap}', f'{gap}:'),
    )
    return text.replace('/', r'\/')


def answer(
    method: str,
    content: dict[str, Any],
    signer: AlipaySigner | None,
    *,
    charset: str = 'utf-8',
    fault: str = '',
    status: int = 200,
) -> Response:
    """Return an answer, signed when there is a signer, spoiled when a fault wants it."""
    root = 'error_response' if fault == ERROR_NODE or not method else root_of(method)
    text = write_node(content)
    parts = [f'"{root}":{text}']
    if signer is not None and fault != UNSIGNED:
        signed = f'{text} ' if fault in _SPELLED_WRONGLY else text
        sign = crypto.rsa_sign(signer.private_key, signed.encode(charset))
        parts.insert(random.randrange(2), f'"sign":"{sign}"')
        if signer.cert_sn:
            parts.append(f'"alipay_cert_sn":"{signer.cert_sn}"')
    if fault == DUPLICATE_ROOT:
        parts.append(f'"{root}":{{"code":"10000","msg":"Success"}}')
    body = f'{{{",".join(parts)}}}'.encode(charset)
    return Response(body, status, media_type=f'text/html;charset={charset}')
