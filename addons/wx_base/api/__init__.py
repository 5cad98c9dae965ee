"""The JSON API kernel: one decorator over `http.route`; everything else follows from it."""

from .addresses import read_id
from .dispatcher import WxApiDispatcher
from .kernel import Call, api_route, extend_route
from .paging import decode_cursor, encode_cursor
from .schema import Moment, Schema

__all__ = [
    'Call',
    'Moment',
    'Schema',
    'WxApiDispatcher',
    'api_route',
    'decode_cursor',
    'encode_cursor',
    'extend_route',
    'read_id',
]
