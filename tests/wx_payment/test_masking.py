"""Notices on the screen: numbers and states are shown, people and amounts are not."""

import json

from hypothesis import given
from hypothesis import strategies as st

from paywire.masking import MASK, SHOWN, mask

OPENID = 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o'


def test_json_shows_the_outside_and_hides_the_sealed_part():
    notice = {
        'id': 'EV-1',
        'event_type': 'TRANSACTION.SUCCESS',
        'resource': {'original_type': 'transaction', 'ciphertext': 'c2VjcmV0', 'nonce': 'n'},
    }
    assert mask(json.dumps(notice)).splitlines() == [
        'id: EV-1',
        'event_type: TRANSACTION.SUCCESS',
        'resource.original_type: transaction',
        f'resource.ciphertext: {MASK}',
        f'resource.nonce: {MASK}',
    ]


def test_xml_hides_payer_amount_and_signature():
    notice = (
        f'<xml>\n<openid><![CDATA[{OPENID}]]></openid><total_fee>100</total_fee>'
        '<out_trade_no>N1</out_trade_no><sign>ABC</sign></xml>'
    )
    assert mask(notice).splitlines() == [
        f'openid: {MASK}',
        f'total_fee: {MASK}',
        'out_trade_no: N1',
        f'sign: {MASK}',
    ]


def test_form_hides_buyer_amount_and_subject():
    notice = 'out_trade_no=N1&buyer_id=2088222&total_amount=1.00&subject=a%26b&body=&sign=x%3D'
    assert mask(notice).splitlines() == [
        'out_trade_no: N1',
        f'buyer_id: {MASK}',
        f'total_amount: {MASK}',
        f'subject: {MASK}',
        f'body: {MASK}',
        f'sign: {MASK}',
    ]


def test_what_cannot_be_read_is_hidden_as_a_whole():
    for text in (OPENID, '{"openid": ', f'<xml><openid>{OPENID}', '{' * 100_000, '[1]'):
        assert mask(text) == MASK


def test_nothing_that_names_people_or_money_is_shown():
    words = ('openid', 'buyer', 'fee', 'amount', 'sign', 'account', 'payer', 'logon')
    harmless = {'fee_type', 'sign_type'}
    assert not [name for name in SHOWN - harmless for word in words if word in name]


@given(st.dictionaries(st.sampled_from(['openid', 'payer', 'x']), st.text(min_size=9), min_size=1))
def test_unknown_values_never_get_through(fields):
    shown = mask(json.dumps({'resource': fields}, ensure_ascii=False))
    assert shown.splitlines() == [f'resource.{name}: {MASK}' for name in fields]
