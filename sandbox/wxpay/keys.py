"""Choose the key an answer or a notice is signed with. Source: spec/wechat_pay_v3.md §4."""

from __future__ import annotations

from ..credentials import PUBLIC_KEY_ID, Signer, certificate_signers, public_key_signer
from .answers import WxpayError
from .state import KeyPolicy


def certificates(policy: KeyPolicy) -> tuple[Signer, ...]:
    """Return the platform certificates to be had, oldest first."""
    if policy.public_key_only:
        return ()
    first, second = certificate_signers()
    return {'first': (first,), 'both': (first, second), 'second': (second,)}[policy.certificates]


def response_signer(wanted: str | None, policy: KeyPolicy) -> Signer:
    """Return the key the request's `Wechatpay-Serial` asks for.

    :raise WxpayError: PARAM_ERROR for a serial that names no key
    """
    available = certificates(policy)
    if wanted is None:
        return available[-1] if available else public_key_signer()
    if wanted == PUBLIC_KEY_ID:
        return public_key_signer()
    for signer in available:
        if signer.serial == wanted.upper():
            return signer
    raise WxpayError(
        400, 'PARAM_ERROR', 'Http头Wechatpay-Serial值错误，平台证书序列号或公钥ID不存在'
    )


def notice_signer(requested: str, policy: KeyPolicy) -> Signer:
    """Return the key for a notice.

    :param requested: the serial that signed the answer of the prepay or refund call
    """
    available = certificates(policy)
    kind = policy.notices
    if kind == 'alternate':
        # The migration greys notices over days: both kinds arrive.
        policy.turn += 1
        kind = 'public_key' if policy.turn % 2 else 'certificate'
    if kind == 'as_request':
        kind = 'public_key' if requested == PUBLIC_KEY_ID else 'certificate'
    return available[-1] if kind == 'certificate' and available else public_key_signer()
