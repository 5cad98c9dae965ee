"""The mini-program wire client against the published vectors and a scripted transport."""

import base64
import json
from dataclasses import dataclass, field

import pytest

from wxwire import client, messages, userdata
from wxwire.errors import (
    ForeignData,
    Refused,
    StaleSession,
    TokenExpired,
    TryLater,
    UnknownOutcome,
)

BASE = 'https://api.weixin.qq.com'
APPID = 'wx4f4bc4dec97d474b'
SESSION_KEY = 'tiihtNczf5v6AKRyjwEUhQ=='
IV = 'r7BXXKkLb8qrSNn05n0qiA=='
# Vector M1, spec/wechat_miniprogram.md §10.
ENCRYPTED = (
    'CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS9uT5geRa0W4oTOb1WT7f'
    'JlAC+oNPdbB+3hVbJSRgv+4lGOETKUQz6OYStslQ142dNCuabNPGBzlooOmB231qMM85d2/fV6ChevvXvQP8'
    'Hkue1poOFtnEtpyxVLW1zAo6/1Xx1COxFvrc2d7UL/lmHInNlxuacJXwu0fjpXfz/YqYzBIBzD6WUfTIF9GR'
    'HpOn/Hz7saL8xz+W//FRAUid1OksQaQx4CMs8LOddcQhULW4ucetDf96JcR3g0gfRK4PC7E/r7Z6xNrXd2UI'
    'eorGj5Ef7b1pJAYB6Y5anaHqZ9J6nKEBvB4DnNLIVWSgARns/8wR2SiRS7MNACwTyrGvt9ts8p12PKFdlqYT'
    'opNHR1Vf7XjfhQlVsAJdNiKdYmYVoKlaRv85IfVunYzO0IKXsyl7JCUjCpoG20f0a04COwfneQAGGwd5oa+T'
    '8yO5hzuyDb/XcxxmK01EpqOyuxINew=='
)
WATERMARK_TIME = 1477314187


@dataclass
class Reply:
    status: int = 200
    body: bytes = b'{}'
    headers: dict[str, str] = field(default_factory=dict)


class Script:
    """A transport that answers from a list and remembers what was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []

    def __call__(self, method, url, *, headers, body, timeout):
        self.requests.append((method, url, dict(headers), body))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Reply):
            return answer
        return Reply(body=json.dumps(answer).encode())


def decrypt(**changes):
    values = {
        'session_key': SESSION_KEY,
        'iv': IV,
        'encrypted_data': ENCRYPTED,
        'appid': APPID,
        'now': WATERMARK_TIME + 60,
        'max_age': 300,
    } | changes
    return userdata.decrypt(**values)


def test_official_vector_is_decrypted():
    values = decrypt()
    assert values['openId'] == 'oGZUI0egBJY1zhBYw2KhdUfwVJJE'
    assert values['unionId'] == 'ocMvos6NjeKLIBqg5Mr9QjxrP1FA'
    assert values['watermark'] == {'timestamp': WATERMARK_TIME, 'appid': APPID}


@pytest.mark.parametrize(
    'changes',
    [
        {'session_key': base64.b64encode(b'0' * 16).decode()},
        {'session_key': base64.b64encode(b'0' * 15).decode()},
        {'session_key': 'not base64!'},
        {'iv': base64.b64encode(b'1' * 12).decode()},
        {'encrypted_data': ENCRYPTED[:-24] + '=='},
        {'encrypted_data': base64.b64encode(b'x' * 15).decode()},
        {'encrypted_data': ''},
    ],
)
def test_data_that_does_not_fit_the_key_asks_for_a_new_login(changes):
    with pytest.raises(StaleSession):
        decrypt(**changes)


@pytest.mark.parametrize(
    'changes',
    [
        {'appid': 'wxd678efh567hg6787'},
        {'now': WATERMARK_TIME + 301},
        {'now': WATERMARK_TIME - 301},
    ],
)
def test_data_of_another_app_or_time_is_not_trusted(changes):
    with pytest.raises(ForeignData):
        decrypt(**changes)


def test_the_age_check_can_be_left_out():
    assert decrypt(now=0, max_age=None)['nickName'] == 'Band'


def test_raw_data_signature_vector():
    raw = (
        '{"nickName":"Band","gender":1,"language":"zh_CN","city":"Guangzhou",'
        '"province":"Guangdong","country":"CN","avatarUrl":"http://wx.qlogo.cn/mmopen/vi_32/'
        '1vZvI39NWFQ9XM4LtQpFrQJ1xlgZxx3w7bQxKARol6503Iuswjjn6nIGBiaycAjAtpujxyzYsrztuuICqIM5ibXQ/0"}'
    )
    signature = userdata.raw_data_signature(raw, 'HyVFkGl5F5OQWJZZaNzBBg==')
    assert signature == '75e81ceda165f4ffa64f4068af58c64b8f54b88c'


def test_session_signature_vectors():
    key = 'o0q0otL8aEzpcZL/FT9WsQ=='
    assert userdata.session_signature(key, b'{"foo":"bar"}') == (
        '654571f79995b2ce1e149e53c0a33dc39c0a74090db514261454e8dbe432aa0b'
    )
    assert userdata.session_signature(key) == (
        '46e043c5525c2d817c44be603d30837a808a1d930d038f6fdc3e62a201fed128'
    )


def test_login_sends_the_documented_query_and_returns_the_session():
    send = Script({'openid': 'o1', 'session_key': 'k=='})
    session = client.code2session(send, BASE, APPID, 's3cret', 'c0de')
    assert session == client.Session('o1', 'k==', '')
    method, url, _headers, body = send.requests[0]
    assert (method, body) == ('GET', b'')
    assert url == (
        f'{BASE}/sns/jscode2session?appid={APPID}&secret=s3cret&js_code=c0de'
        '&grant_type=authorization_code'
    )


@pytest.mark.parametrize(
    ('errcode', 'error'),
    [
        (40029, Refused),
        (40163, Refused),
        (40226, Refused),
        (40125, Refused),
        (45011, TryLater),
        (-1, TryLater),
        (40001, TokenExpired),
        (42001, TokenExpired),
    ],
)
def test_error_codes_become_classes(errcode, error):
    send = Script({'errcode': errcode, 'errmsg': 'no rid: 1'})
    with pytest.raises(error) as caught:
        client.code2session(send, BASE, APPID, 's', 'c')
    assert caught.value.code == str(errcode)


@pytest.mark.parametrize(
    'answer',
    [
        TimeoutError('GET /sns/jscode2session?secret=s3cret'),
        Reply(status=502, body=b'bad gateway'),
        Reply(body=b'<html>'),
        Reply(body=b'[]'),
        {'openid': 'o1'},
        {'openid': '', 'session_key': 'k'},
    ],
)
def test_a_broken_answer_is_unknown_and_tells_no_secret(answer):
    with pytest.raises(UnknownOutcome) as caught:
        client.code2session(Script(answer), BASE, APPID, 's3cret', 'c')
    assert 's3cret' not in str(caught.value)


def test_stable_token_is_parsed():
    send = Script({'access_token': 'T', 'expires_in': 7200})
    assert client.stable_token(send, BASE, APPID, 's') == client.AccessToken('T', 7200)
    assert json.loads(send.requests[0][3]) == {
        'grant_type': 'client_credential',
        'appid': APPID,
        'secret': 's',
    }


@pytest.mark.parametrize('expires_in', [None, 0, -5, '7200'])
def test_stable_token_without_a_life_is_unknown(expires_in):
    with pytest.raises(UnknownOutcome):
        client.stable_token(
            Script({'access_token': 'T', 'expires_in': expires_in}), BASE, APPID, 's'
        )


def phone_answer(appid=APPID):
    return {
        'errcode': 0,
        'phone_info': {
            'phoneNumber': '+66812345678',
            'purePhoneNumber': '812345678',
            'countryCode': '66',
            'watermark': {'timestamp': 1, 'appid': appid},
        },
    }


def test_phone_number_is_parsed():
    info = client.phone_number(Script(phone_answer()), BASE, 'T', APPID, 'c')
    assert info == client.PhoneInfo('+66812345678', '812345678', '66')


def test_phone_number_of_another_app_is_not_trusted():
    with pytest.raises(ForeignData):
        client.phone_number(Script(phone_answer('wxother')), BASE, 'T', APPID, 'c')


def test_chinese_is_sent_raw():
    send = Script({'errcode': 0})
    client.post(send, BASE, messages.SEND_PATH, 'T', {'thing1': '泰国话费'})
    assert '泰国话费'.encode() in send.requests[0][3]
    assert send.requests[0][1] == f'{BASE}{messages.SEND_PATH}?access_token=T'


@pytest.mark.parametrize(
    ('key', 'value', 'sent'),
    [
        ('thing2', 'AIS 泰国话费充值 100 泰铢快充到账通知', 'AIS 泰国话费充值 100 泰铢快充到'),
        ('thing2', 'a\nb', 'a b'),
        ('character_string1', 'R20261121000001', 'R20261121000001'),
        ('phone_number3', '+66812345678', '+66812345678'),
        ('amount4', '¥12.50', '¥12.50'),
        ('amount4', '12.5元', '12.5元'),
        ('phrase6', '已到账', '已到账'),
        ('enum1', 'anything', 'anything'),
        ('time5', '2026-11-21 14:05', '2026-11-21 14:05'),
        ('time5', '9:05~2026年11月21日 23:59:59', '9:05~2026年11月21日 23:59:59'),
        ('date3', '2026年1月2日', '2026年1月2日'),
        ('date3', '2026.1.2 ~ 2026/01/03 10:00', '2026.1.2 ~ 2026/01/03 10:00'),
        ('name1', '阿依古丽·买买提阿布都热合曼', '阿依古丽·买买提阿布'),
        ('name1', 'Bartholomew Cunningham', 'Bartholomew Cunningh'),
        ('symbol9', '★★★', '★★★'),
        ('letter1', 'AbC', 'AbC'),
        ('number10', '12.50', '12.50'),
    ],
)
def test_values_are_made_to_fit(key, value, sent):
    assert messages.fit(key, value) == sent


@pytest.mark.parametrize(
    ('key', 'value'),
    [
        ('thing2', ' \n '),
        ('phrase6', 'done'),
        ('phrase6', '超过五个汉字'),
        ('number1', '12a'),
        ('character_string1', '中文'),
        ('character_string1', 'x' * 33),
        ('amount4', '¥12345678901'),
        ('amount4', '¥¥1'),
        ('time5', '24:00'),
        ('time5', '2026-11-21'),
        ('date3', '14:05'),
        ('date3', '2026-1/2'),
        ('letter1', 'a1'),
        ('symbol9', 'ab'),
        ('symbol9', '★★★★★★'),
        ('car_number2', '粤A123456789'),
        ('thing', 'a key without a number'),
        ('thing0', 'numbers begin with 1'),
        ('idea1', 'no kind of the table'),
    ],
)
def test_values_that_cannot_fit_name_their_key(key, value):
    with pytest.raises(messages.Misfit, match=key) as caught:
        messages.fit(key, value)
    assert caught.value.key == key


def test_subscribe_payload_has_the_documented_shape():
    payload = messages.subscribe_payload(
        'o1', 'tpl', {'thing1': 'x'}, page='', state='formal', lang='zh_CN'
    )
    assert payload == {
        'touser': 'o1',
        'template_id': 'tpl',
        'data': {'thing1': {'value': 'x'}},
        'miniprogram_state': 'formal',
        'lang': 'zh_CN',
    }


def test_shipping_of_virtual_goods_is_unified_with_one_item():
    payload = messages.virtual_shipping_payload(
        '4200', 'o1', 'x' * 130, '2022-12-15T13:29:35.120+08:00'
    )
    assert payload['logistics_type'] == 3
    assert payload['delivery_mode'] == 1
    assert payload['shipping_list'] == [{'item_desc': 'x' * 120}]
    assert payload['payer'] == {'openid': 'o1'}
