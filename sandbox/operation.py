"""One entry for every simulated call: faults, the call itself, the record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import PlainTextResponse, Response

from .faults import CALL_FAULTS, Fault
from .replies import Apply, NoAnswer, json_answer, play
from .state import Sandbox


async def perform(
    sandbox: Sandbox,
    operation: str,
    apply: Apply,
    *,
    account: str = '',
    refuse: Callable[[Fault], Response] | None = None,
    **note: Any,
) -> Response:
    """Perform one call under the faults that wait for `operation`, and write it down.

    A `delay` may come together with one other fault.

    :param account: who calls, for faults that aim at one account of several
    :param refuse: build the error answer; by default in the dialect of the company
    """
    used: list[str] = []
    subjects = (operation, account) if account else (operation,)
    answer = refuse or REFUSE[operation.split('.')[0]]
    delay = sandbox.faults.take({'delay'}, *subjects)
    fault = sandbox.faults.take(CALL_FAULTS - {'delay'}, *subjects)

    async def inner() -> Response:
        if fault is None:
            return await apply()
        used.append(fault.fault)
        return await play(fault, apply, answer)

    if delay is None:
        response = await inner()
    else:
        used.append(delay.fault)
        response = await play(delay, inner, answer)
    status = 'no answer' if isinstance(response, NoAnswer) else response.status_code
    account_note = {'account': account} if account else {}
    sandbox.books.write_call(operation, status, faults=used, **account_note, **note)
    return response


def _refuse_wechat(fault: Fault) -> Response:
    if fault.fault != 'error':
        return PlainTextResponse('system error', 500)
    code = int(fault.params.get('code', -1))
    message = str(fault.params.get('message', 'system error'))
    return json_answer({'errcode': code, 'errmsg': message}, int(fault.params.get('status', 200)))


def _refuse_wxpay(fault: Fault) -> Response:
    code = str(fault.params.get('code', 'SYSTEM_ERROR'))
    message = str(fault.params.get('message', '系统异常，请稍后重试'))
    return json_answer({'code': code, 'message': message}, int(fault.params.get('status', 500)))


def _refuse_reloadly(fault: Fault) -> Response:
    code = str(fault.params.get('code', 'PROVIDER_INTERNAL_ERROR'))
    message = str(fault.params.get('message', 'Something went wrong, please try again later'))
    payload = {'timeStamp': '', 'message': message, 'path': '', 'errorCode': code, 'details': []}
    return json_answer(payload, int(fault.params.get('status', 500)))


def _refuse_dtone(fault: Fault) -> Response:
    code = int(fault.params.get('code', 1009001))
    message = str(fault.params.get('message', 'Unexpected error'))
    status = int(fault.params.get('status', 500))
    return json_answer({'errors': [{'code': code, 'message': message}]}, status)


def _refuse_ding(fault: Fault) -> Response:
    code = str(fault.params.get('code', 'OtherError'))
    error = {'Code': code, 'Context': fault.params.get('context')}
    payload = {'ResultCode': int(fault.params.get('result', 5)), 'ErrorCodes': [error]}
    return json_answer(payload, int(fault.params.get('status', 500)))


def _refuse_yrapi(fault: Fault) -> Response:
    message = str(fault.params.get('message', '系统繁忙'))
    payload = {'errno': int(fault.params.get('code', 1)), 'errmsg': message, 'data': None}
    return json_answer(payload, int(fault.params.get('status', 500)))


def _refuse_juhe(fault: Fault) -> Response:
    message = str(fault.params.get('message', '系统异常'))
    code = int(fault.params.get('code', 10020))
    payload = {'reason': message, 'result': None, 'error_code': code}
    return json_answer(payload, int(fault.params.get('status', 500)))


REFUSE: dict[str, Callable[[Fault], Response]] = {
    'wechat': _refuse_wechat,
    'wxpay': _refuse_wxpay,
    'reloadly': _refuse_reloadly,
    'dtone': _refuse_dtone,
    'ding': _refuse_ding,
    'yrapi': _refuse_yrapi,
    'juhe': _refuse_juhe,
}
