"""Choose the key an answer or a notice is signed with. Source: spec/wechat_pay_v3.md §4."""

from __future__ import annotations

from ..credentials import Merchant, Signer
from ..faults import Fault
from .answers import WxpayError
from .state import KeyPolicy


def certificates(merchant: Merchant, policy: KeyPolicy) -> tuple[Signer, ...]:
    """Return the platform certificates to be had, oldest first."""
    return () if policy.public_key_only else _in_force(merchant.certificates, policy.certificates)


def public_keys(merchant: Merchant, policy: KeyPolicy) -> tuple[Signer, ...]:
    """Return the pairs of public-key mode in force, oldest first."""
    return _in_force(merchant.public_keys, policy.public_keys)


def _in_force(signers: tuple[Signer, ...], which: str) -> tuple[Signer, ...]:
    return {'first': signers[:1], 'both': signers, 'second': signers[-1:]}[which]


def response_signer(merchant: Merchant, wanted: str | None, policy: KeyPolicy) -> Signer:
    """Return the key the request's `Wechatpay-Serial` asks for.

    :raise WxpayError: PARAM_ERROR for a serial that names no key
    """
    signed_by_default = certificates(merchant, policy) or public_keys(merchant, policy)
    if wanted is None:
        return signed_by_default[-1]
    for signer in (*certificates(merchant, policy), *public_keys(merchant, policy)):
        if wanted in (signer.serial, signer.serial.lower()):
            return signer
    raise WxpayError(
        400, 'PARAM_ERROR', 'Http头Wechatpay-Serial值错误，平台证书序列号或公钥ID不存在'
    )


def notice_signer(merchant: Merchant, requested: str, policy: KeyPolicy) -> Signer:
    """Return the key for a notice.

    :param requested: the serial that signed the answer of the prepay or refund call
    """
    kind = policy.notices
    if kind == 'alternate':
        # The migration greys notices over days: both kinds arrive.
        policy.turn += 1
        kind = 'public_key' if policy.turn % 2 else 'certificate'
    if kind == 'as_request':
        kind = 'public_key' if requested.startswith('PUB_KEY_ID_') else 'certificate'
    by_kind = {
        'certificate': certificates(merchant, policy),
        'public_key': public_keys(merchant, policy),
    }
    other = 'public_key' if kind == 'certificate' else 'certificate'
    return (by_kind[kind] or by_kind[other])[-1]


def rotate(merchant: Merchant, policy: KeyPolicy, fault: Fault) -> Signer:
    """Bring the next key into force between a request and its answer, and return it.

    The old key stays in force beside it, unless the fault says `drop_old`.
    """
    in_force = 'second' if fault.params.get('drop_old') else 'both'
    if fault.params.get('kind') == 'public_key' or not certificates(merchant, policy):
        policy.public_keys = in_force
        return public_keys(merchant, policy)[-1]
    policy.certificates = in_force
    return certificates(merchant, policy)[-1]
