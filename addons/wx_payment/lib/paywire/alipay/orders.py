"""What is asked of Alipay for each scene, as bytes that are kept and repeated.

Source: spec/alipay.md §5.1, §5.2.
"""

import json
from dataclasses import dataclass
from types import MappingProxyType

from ..errors import InvalidArgument
from ..orders import APP, CODE, H5, NATIVE, PAGE, PrepayOrder
from . import writing

CHARGE = 'alipay.trade.pay'
METHODS = MappingProxyType(
    {
        PAGE: 'alipay.trade.page.pay',
        H5: 'alipay.trade.wap.pay',
        APP: 'alipay.trade.app.pay',
        NATIVE: 'alipay.trade.precreate',
        CODE: CHARGE,
    }
)
PRODUCT_CODES = MappingProxyType(
    {
        PAGE: 'FAST_INSTANT_TRADE_PAY',
        H5: 'QUICK_WAP_WAY',
        APP: 'QUICK_MSECURITY_PAY',
        CODE: 'FACE_TO_FACE_PAYMENT',
    }
)
# Half of what is allowed: it is not said whether a Chinese character counts once or twice.
SUBJECT_LIMIT = 128


@dataclass(frozen=True)
class Prepared:
    """The parameters of a payment request, without those that differ each time.

    :ivar str biz_content: JSON text that is signed and sent as it is
    """

    method: str
    biz_content: str
    notify_url: str
    return_url: str

    @property
    def out_trade_no(self) -> str:
        """Our number of the order."""
        return str(json.loads(self.biz_content)['out_trade_no'])


def method_of(scene: str) -> str:
    """Return the method by which a scene is paid.

    :raise InvalidArgument: Alipay has no such scene here
    """
    if scene not in METHODS:
        raise InvalidArgument(f'Alipay has no payment of the scene {scene}.')
    return METHODS[scene]


def prepare(order: PrepayOrder) -> bytes:
    """Return the parameters of a payment request; the same order gives the same bytes.

    :raise InvalidArgument: a number, address, amount or scene is unusable
    """
    payload = {
        'out_trade_no': writing.check_out_trade_no(order.out_trade_no),
        'total_amount': writing.yuan(order.amount_fen),
        'subject': _subject(order.description),
        'product_code': PRODUCT_CODES.get(order.scene),
        # Absolute: a relative time would run from the moment when the customer opens the cashier.
        'time_expire': writing.beijing(order.expires_at),
        'store_id': order.store_id,
    }
    return_url = ''
    if order.scene in (PAGE, H5) and order.return_url:
        return_url = writing.check_url(order.return_url)
    if order.scene == H5:
        payload['quit_url'] = return_url
    if order.scene == CODE:
        payload |= {'scene': 'bar_code', 'auth_code': writing.check_auth_code(order.auth_code)}
    return writing.dump(
        {
            'method': method_of(order.scene),
            'notify_url': writing.check_url(order.notify_url),
            'return_url': return_url,
            'biz_content': writing.dump(payload),
        }
    ).encode()


def _subject(description: str) -> str:
    subject = writing.clean_text(description, SUBJECT_LIMIT)
    if not subject:
        raise InvalidArgument('The description has no usable character.')
    return subject


def restore(scene: str, body: bytes) -> Prepared:
    """Return what `prepare` wrote.

    :raise InvalidArgument: other bytes, or those of another scene
    """
    try:
        fields = json.loads(body)
        prepared = Prepared(
            method=fields['method'],
            biz_content=fields['biz_content'],
            notify_url=fields['notify_url'],
            return_url=fields.get('return_url', ''),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidArgument('The body is not what prepare() wrote.') from error
    if prepared.method != method_of(scene):
        raise InvalidArgument('The body is that of another scene.')
    return prepared
