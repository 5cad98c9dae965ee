"""Settings of well-known China style suppliers; staff may copy and change them.

Source: spec/topup_suppliers.md §4.1 (yrapi, a panel of many resellers), §4.2 (juhe, API 85).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from . import china_config

# A reseller of the yrapi family has a host of its own, which staff enter.
API_BASES: Mapping[str, str] = MappingProxyType({'juhe': 'http://op.juhe.cn'})
DATA_BASES: Mapping[str, str] = MappingProxyType({'juhe': 'http://v.juhe.cn'})

_PAIRS = {'form': 'pairs', 'text': '{params}&apikey={key}', 'upper': True}
_YRAPI = '/yrapi.php/index'

YRAPI_SETTINGS: Mapping[str, Any] = MappingProxyType(
    {
        'submit': {
            '': {
                'path': f'{_YRAPI}/recharge',
                'params': {
                    'userid': '{user}',
                    'out_trade_num': '{ref}',
                    'product_id': '{sku}',
                    'mobile': '{phone}',
                    'notify_url': '{callback_url}',
                },
                'sign': _PAIRS,
                'fields': {
                    'our_ref': 'out_trade_num',
                    'supplier_ref': 'order_number',
                    'cost': 'total_price',
                },
            }
        },
        'query': [
            {
                'path': f'{_YRAPI}/check',
                'params': {'userid': '{user}', 'out_trade_nums': '{ref}'},
                'sign': _PAIRS,
                'fields': {
                    'our_ref': 'out_trade_num',
                    'supplier_ref': 'order_number',
                    'state': 'state',
                    'cost': 'total_price',
                    'delivered': 'charge_amount',
                    'note': 'remark',
                    'occurred_at': 'finish_time',
                },
            }
        ],
        'balance': {
            'path': f'{_YRAPI}/user',
            'params': {'userid': '{user}'},
            'sign': _PAIRS,
            'fields': {'balance': 'balance'},
        },
        'catalogue': {
            'path': f'{_YRAPI}/product',
            'params': {'userid': '{user}'},
            'sign': _PAIRS,
            'nested': 'products',
            'fields': {
                'sku': 'product_id|id',
                'name': 'name',
                'kind': 'type',
                'speed': 'speed',
                'cost': 'price',
                'face': 'voucher_price|face',
                'operator': 'isp',
            },
        },
        # All refusals have the code 1: their words tell them apart, and few of them for sure.
        'answers': {
            'code': 'errno',
            'ok': [0],
            'text': 'errmsg',
            'data': 'data',
            'texts': {
                '相同商户订单号': 'duplicate_ref',
                '订单号重复': 'duplicate_ref',
                '余额不足': 'account',
                '签名错误': 'account',
                '缺少参数': 'final_input',
                '手机号格式错误': 'final_input',
                '产品不存在': 'final_operator',
                '产品维护': 'retry_later',
            },
            'not_found': ['订单不存在'],
        },
        'kinds': {'flow': 'data', 'phone': 'airtime'},
        'speeds': {'slow': 'slow', 'fast': 'instant'},
        'states': {
            '-1': 'cancelled',
            '0': 'processing',
            '1': 'succeeded',
            '2': 'failed',
            '3': 'partially_succeeded',
        },
        'callback': {
            'fields': {
                'our_ref': 'out_trade_num',
                'supplier_ref': 'order_number',
                'state': 'state',
            },
            'sign': _PAIRS,
            'reply': 'success',
        },
    }
)

_JUHE_ANSWER = {
    'our_ref': 'uorderid',
    'supplier_ref': 'sporder_id',
    'state': 'game_state',
    'cost': 'ordercash|uordercash',
}
_JUHE_QUERY = {'params': {'orderid': '{ref}', 'key': '{key}'}, 'fields': _JUHE_ANSWER}

JUHE_SETTINGS: Mapping[str, Any] = MappingProxyType(
    {
        'submit': {
            '': {
                'path': '/ofpay/mobile/onlineorder',
                'params': {
                    'phoneno': '{phone}',
                    'cardnum': '{sku}',
                    'orderid': '{ref}',
                    'key': '{key}',
                },
                'sign': {'form': 'template', 'text': '{user}{key}{phoneno}{cardnum}{orderid}'},
                'fields': _JUHE_ANSWER,
            },
            'flow': {
                'path': '/flow/recharge',
                'server': 'data',
                'params': {
                    'phone': '{phone}',
                    'pid': '{sku}',
                    'orderid': '{ref}',
                    'key': '{key}',
                },
                'sign': {'form': 'template', 'text': '{user}{key}{phone}{pid}{orderid}'},
                'fields': _JUHE_ANSWER,
            },
        },
        'query': [
            {'path': '/ofpay/mobile/ordersta', **_JUHE_QUERY},
            {'path': '/flow/ordersta', 'server': 'data', **_JUHE_QUERY},
        ],
        'balance': {
            'path': '/ofpay/mobile/yue',
            'params': {'timestamp': '{timestamp}', 'key': '{key}'},
            'sign': {'form': 'template', 'text': '{user}{key}{timestamp}'},
            'fields': {'balance': 'money|balance'},
        },
        'quote': {
            'path': '/ofpay/mobile/telquery',
            'params': {'phoneno': '{phone}', 'cardnum': '{sku}', 'key': '{key}'},
            'fields': {'cost': 'inprice'},
        },
        'lookup': {
            'path': '/ofpay/mobile/telquery',
            'params': {'phoneno': '{phone}', 'cardnum': '50', 'key': '{key}'},
            'fields': {'operator': 'game_area|cardname'},
        },
        'operators': {'移动': 'cmcc', '联通': 'unicom', '电信': 'telecom'},
        # The system's codes: key and quota. Of the others no whole list is known, so their words
        # count; what is in neither, "system busy" too, is asked about.
        'answers': {
            'code': 'error_code',
            'ok': [0],
            'text': 'reason',
            'data': 'result',
            'classes': {
                '10001': 'account',
                '10002': 'account',
                '10003': 'account',
                '10004': 'account',
                '10005': 'account',
                '10008': 'account',
                '10009': 'account',
                '10011': 'throttled',
                '10012': 'throttled',
            },
            'texts': {
                '余额不足': 'account',
                '校验值错误': 'account',
                '错误的手机号码': 'final_input',
                '错误的充值金额': 'final_input',
                '错误的订单号': 'final_input',
                '不允许充值': 'final_operator',
                '运营商地区维护': 'retry_later',
                '重复的订单号': 'duplicate_ref',
            },
            'not_found': ['订单不存在', '查询不到订单'],
        },
        'states': {'0': 'processing', '1': 'succeeded', '9': 'failed'},
        'callback': {
            'fields': {'our_ref': 'orderid', 'supplier_ref': 'sporder_id', 'state': 'sta'},
            'sign': {'form': 'template', 'text': '{key}{sporder_id}{orderid}'},
            'reply': 'success',
        },
        'products': [
            {'sku': str(face), 'name': f'话费 {face} 元', 'face': face}
            for face in (5, 10, 20, 30, 50, 100, 300)
        ],
        'max_process_s': 3600,
    }
)

YRAPI = china_config.parse(YRAPI_SETTINGS)
JUHE = china_config.parse(JUHE_SETTINGS)
SETTINGS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {'yrapi': YRAPI_SETTINGS, 'juhe': JUHE_SETTINGS}
)
