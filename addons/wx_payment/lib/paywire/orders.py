"""What is asked of a provider, in one vocabulary."""

import datetime
from dataclasses import dataclass

# How the customer pays. A client supports some of them and refuses the others.
MINIPROGRAM = 'miniprogram'
JSAPI = 'jsapi'
APP = 'app'
H5 = 'h5'
NATIVE = 'native'
PAGE = 'page'
CODE = 'code'
COUNTER = 'counter'


@dataclass(frozen=True)
class PrepayOrder:
    """What is to be paid. Repeated with the same number, every field must be the same.

    :ivar str scene: one of this module's scenes
    :ivar str appid: the app under which it is paid
    :ivar str payer: openid where the provider asks for it (mini-program, JSAPI), otherwise ''
    :ivar int amount_fen: at least 1
    :ivar str client_ip: address of the customer's device, asked for by some scenes
    :ivar str return_url: page to which the customer comes back, for H5 and PC pages
    :ivar str auth_code: the customer's payment code, when the merchant scans it
    :ivar str store_id: our number of the shop that scans it, '' when there is only one
    """

    scene: str
    appid: str
    out_trade_no: str
    description: str
    amount_fen: int
    notify_url: str
    expires_at: datetime.datetime
    payer: str = ''
    client_ip: str = ''
    return_url: str = ''
    auth_code: str = ''
    store_id: str = ''


@dataclass(frozen=True)
class RefundOrder:
    """What is to be given back. Repeated with the same number, every field must be the same.

    :ivar int refund_fen: what goes back now
    :ivar int total_fen: the amount of the payment
    """

    out_trade_no: str
    transaction_id: str
    out_refund_no: str
    refund_fen: int
    total_fen: int
    reason: str
    notify_url: str
