"""Signatures of China style suppliers, with the vectors of the sheet. Source: §4, §6 trap 12."""

from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topup import china_presets, china_sign
from topup.china_dialect import Sign
from topup.errors import SignatureError
from topup.normalized import CallbackReply, State
from topup_china_fakes import JUHE, YRAPI, make_client, yrapi_callback
from topup_fakes import OUR_REF

PAIRS = china_presets.YRAPI.callback.sign
ORDER = {
    'mobile': '13800138000',
    'notify_url': 'https://shop.example/cb?a=1',
    'out_trade_num': 'T1',
    'product_id': '7',
    'userid': '100',
}


# === VECTORS === #


def test_vector_of_yrapi_is_over_values_that_are_not_encoded():
    signature = china_sign.sign(PAIRS, ORDER, user='100', key='SECRET')
    assert signature == '74B0B812D8010E7AC583FCD748F76912'


def test_vector_of_yrapi_does_not_depend_on_the_order_of_parameters():
    turned = dict(reversed(ORDER.items()))
    assert china_sign.sign(PAIRS, turned, user='100', key='SECRET')[:6] == '74B0B8'


def test_vectors_of_juhe():
    submit = china_presets.JUHE.submit[''].sign
    params = {'phoneno': '13800138000', 'cardnum': '50', 'orderid': 'T1', 'key': 'KEY'}
    assert (
        china_sign.sign(submit, params, user='OPENID', key='KEY')
        == 'ecda2599deaba67f529a82abde549c65'
    )
    callback = china_presets.JUHE.callback.sign
    params = {'sporder_id': 'SP1', 'orderid': 'T1', 'sta': '1'}
    assert (
        china_sign.sign(callback, params, user='OPENID', key='KEY')
        == '8f9869c89b28e0165fe0bf10446c0214'
    )


# === VARIATIONS OF §4.3 === #


def test_values_in_the_order_of_their_keys_with_the_secret_behind():
    how = Sign(form='values', text='{params}{key}')
    signature = china_sign.sign(
        how, {'mobile': '13800138000', 'amount': '50', 'outorderno': 'T1'}, user='', key='SECRET'
    )
    # MD5 of 5013800138000T1SECRET
    assert signature == '760862cad1c52fb36b27885d4e89043f'


def test_lists_are_signed_as_a_word():
    how = Sign(form='pairs', text='{params}{key}')
    one = china_sign.sign(how, {'a': ['x', 'y']}, user='', key='K')
    assert one == china_sign.sign(how, {'a': 'Array'}, user='', key='K')
    assert one == china_sign.sign(how, {'a': {'b': 1}}, user='', key='K')


def test_empty_values_are_signed_unless_the_supplier_skips_them():
    keep, skip = (
        Sign(form='pairs', text='{params}{key}', skip_empty=skip_empty)
        for skip_empty in (False, True)
    )
    with_empty, without = {'a': '1', 'b': ''}, {'a': '1'}

    def sign(how, params):
        return china_sign.sign(how, params, user='', key='K')

    assert sign(keep, with_empty) != sign(keep, without)
    assert sign(skip, with_empty) == sign(skip, without)


def test_braces_in_values_are_no_placeholders():
    how = Sign(form='pairs', text='{params}{key}')
    plain = china_sign.sign(how, {'remark': '{key}'}, user='', key='K')
    assert plain != china_sign.sign(how, {'remark': 'K'}, user='', key='K')


# === CALLBACKS === #


def parse(body, config=YRAPI):
    client, send = make_client(config=config)
    event = client.parse_callback({}, body, 'another secret')
    assert send.sent == []
    return event


@pytest.mark.parametrize(
    ('word', 'state'),
    [
        ('-1', State.CANCELLED),
        ('0', State.PROCESSING),
        ('1', State.SUCCEEDED),
        ('2', State.FAILED),
        ('3', State.PARTIALLY_SUCCEEDED),
        ('4', State.UNKNOWN),
        ('', State.UNKNOWN),
    ],
)
def test_signed_callback_of_yrapi_is_read(word, state):
    event = parse(yrapi_callback(state=word))
    assert (event.our_ref, event.supplier_ref) == (OUR_REF, 'YR-77')
    assert (event.state_hint, event.authenticated) == (state, True)


def test_new_fields_of_a_callback_are_covered_by_the_signature():
    assert parse(yrapi_callback(new_field='充值 & 1=1')).authenticated
    body = yrapi_callback() + b'&added=later'
    with pytest.raises(SignatureError):
        parse(body)


@pytest.mark.parametrize(
    'body',
    [
        b'',
        b'state=1',
        yrapi_callback(key='WRONG'),
        yrapi_callback().replace(b'state=1', b'state=2'),
        yrapi_callback().replace(b'&sign=', b'&sing='),
        yrapi_callback() + b'&sign=',
        b'\xff\xfe',
        b'a=%ff',
    ],
)
def test_callback_that_is_not_signed_well_is_refused(body):
    with pytest.raises(SignatureError):
        parse(body)


def test_signed_callback_that_names_no_order_is_refused():
    with pytest.raises(SignatureError):
        parse(yrapi_callback(out_trade_num='', order_number=''))


def juhe_callback(sta, signature=None):
    params = {'sporder_id': 'SP1', 'orderid': OUR_REF, 'sta': sta}
    how = china_presets.JUHE.callback.sign
    params['sign'] = signature or china_sign.sign(how, params, user='OPENID', key='KEY')
    return urlencode(params).encode()


@pytest.mark.parametrize('sta', ['0', '1', '9'])
def test_state_of_juhe_is_not_believed_because_its_signature_does_not_cover_it(sta):
    event = parse(juhe_callback(sta), config=JUHE)
    assert (event.our_ref, event.supplier_ref) == (OUR_REF, 'SP1')
    assert (event.state_hint, event.authenticated) == (State.UNKNOWN, True)
    assert not JUHE.dialect.callback.covers_state
    assert YRAPI.dialect.callback.covers_state


def test_signature_is_compared_without_case():
    signed = juhe_callback('1').decode()
    head, _equals, signature = signed.rpartition('=')
    assert parse(f'{head}={signature.upper()}'.encode(), config=JUHE).authenticated


def test_without_a_key_nobody_is_believed():
    with pytest.raises(SignatureError):
        parse(yrapi_callback(key=''), config=replace(YRAPI, key=''))


def test_both_want_the_same_word_in_small_letters():
    for config in (YRAPI, JUHE):
        client, _send = make_client(config=config)
        assert client.callback_reply == CallbackReply(200, 'success')


# === PROPERTIES === #

names = st.text(alphabet='abcdefg_', min_size=1, max_size=6)
values = st.text(max_size=12)


@given(params=st.dictionaries(names, values, max_size=5), key=st.text(min_size=1, max_size=8))
def test_signature_survives_the_wire(params, key):
    params |= {'out_trade_num': OUR_REF, 'state': '1'}
    params['sign'] = china_sign.sign(PAIRS, params, user='100', key=key)
    body = urlencode(params).encode()
    assert parse(body, config=replace(YRAPI, key=key)).our_ref == OUR_REF


@given(body=st.binary(max_size=120))
def test_nobody_without_the_key_is_believed(body):
    with pytest.raises(SignatureError):
        parse(body)
