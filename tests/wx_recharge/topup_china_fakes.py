"""Answers of two China style suppliers as their manuals show them. Source: §4.1, §4.2."""

from urllib.parse import parse_qsl, urlencode

from topup import china_presets, china_sign
from topup.china import China, Config
from topup.normalized import OrderRequest
from topup_fakes import OUR_REF, FakeSend, reply

YRAPI = Config(user='100', key='SECRET', base='https://yr.example', dialect=china_presets.YRAPI)
JUHE = Config(
    user='OPENID',
    key='KEY',
    base='https://op.example',
    data_base='https://v.example',
    dialect=china_presets.JUHE,
)
NOW = 1700000000


def make_client(*answers, config=YRAPI):
    """Return a client and the transport behind it."""
    send = FakeSend(*answers)
    return China(send, config, clock=lambda: NOW), send


def make_order(**values):
    base = {'our_ref': OUR_REF, 'sku': '7', 'e164': '+8613800138000', 'country': 'CN'}
    return OrderRequest(**{**base, **values})


def form(sent):
    """Return the fields of a sent form or query."""
    text = sent.body.decode() or sent.url.partition('?')[2]
    return dict(parse_qsl(text, keep_blank_values=True))


# === YRAPI === #


def yrapi(data=None, errno=0, errmsg='ok', status=200):
    return reply({'errno': errno, 'errmsg': errmsg, 'data': data}, status)


def make_row(state=1, **values):
    """Return an order as `check` shows it."""
    return {
        'id': 5,
        'order_number': 'YR-77',
        'out_trade_num': OUR_REF,
        'mobile': '13800138000',
        'product_id': 7,
        'charge_amount': '50.00',
        'charge_kami': '',
        'finish_time': 1700000100,
        'remark': '',
        'state': state,
        **values,
    }


def yrapi_callback(key='SECRET', **values):
    """Return the signed body of a callback."""
    params = {
        'userid': '100',
        'order_number': 'YR-77',
        'out_trade_num': OUR_REF,
        'otime': '1700000100',
        'state': '1',
        'mobile': '13800138000',
        'remark': '',
        'charge_amount': '50.00',
        'voucher': 'https://yr.example/v?id=5&x=1',
        'charge_kami': '',
        **values,
    }
    how = china_presets.YRAPI.callback.sign
    params['sign'] = china_sign.sign(how, params, user='100', key=key)
    return urlencode(params).encode()


# === JUHE === #


def juhe(result=None, error_code=0, reason='ok', status=200):
    return reply({'reason': reason, 'result': result, 'error_code': error_code}, status)


def make_result(game_state='0', **values):
    """Return an order as `onlineorder` shows it."""
    return {
        'cardid': '191404',
        'cardnum': '1',
        'ordercash': 49.25,
        'cardname': '话费 50 元',
        'sporder_id': 'SP1',
        'uorderid': OUR_REF,
        'game_userid': '13800138000',
        'game_state': game_state,
        **values,
    }
