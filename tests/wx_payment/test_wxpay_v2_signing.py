"""Signatures and ciphers of v2. Source: spec/wechat_pay_v2.md §2, §5, §7, §8."""

import pytest

import wxpay_v2_vectors as vectors
from paywire.errors import InvalidArgument, Malformed, SignatureError
from paywire.wxpay_v2 import cipher, signing, xml
from paywire.wxpay_v2.signing import HMAC_SHA256, MD5

KEY = vectors.API_KEY


@pytest.mark.parametrize(
    ('fields', 'sign_type', 'expected'),
    [
        (vectors.SIGNED_FIELDS, MD5, vectors.SIGNED_MD5),
        (vectors.SIGNED_FIELDS, HMAC_SHA256, vectors.SIGNED_HMAC),
        (vectors.OTHER_FIELDS, MD5, vectors.OTHER_MD5),
        (vectors.OTHER_FIELDS, HMAC_SHA256, vectors.OTHER_HMAC),
    ],
)
def test_published_vectors_are_signed(fields, sign_type, expected):
    assert signing.sign(fields, api_key=KEY, sign_type=sign_type) == expected
    signing.verify(fields | {'sign': expected}, api_key=KEY, sign_type=sign_type)


def test_fields_are_sorted_by_bytes_and_the_key_comes_last():
    # Trap 5: capital letters before `_` before small ones.
    fields = {'remark': '1', 're_openid': '2', 'Z': '3', 'a': '4'}
    assert signing.message(fields, 'K') == b'Z=3&a=4&re_openid=2&remark=1&key=K'


def test_empty_values_and_the_signature_itself_are_not_signed_and_zero_is():
    fields = {'a': '', 'b': '0', 'sign': 'X', 'c': ' x '}
    assert signing.message(fields, 'K') == b'b=0&c= x &key=K'


def test_values_are_signed_raw():
    assert signing.message({'a': '<&>泰 %20'}, 'K') == '''a=<&>泰 %20&key=K'''.encode()


@pytest.mark.parametrize('sign_type', [MD5, HMAC_SHA256])
@pytest.mark.parametrize(
    'spoiled',
    [
        {'sign': ''},
        {'sign': 'A' * 32},
        {'sign': '签名'},
        {'body': 'Test'},
        {'extra': '1'},
        {'sign_type': 'RSA'},
    ],
    ids=str,
)
def test_spoiled_message_is_not_verified(sign_type, spoiled):
    fields = vectors.SIGNED_FIELDS
    good = fields | {'sign': signing.sign(fields, api_key=KEY, sign_type=sign_type)}
    with pytest.raises(SignatureError):
        signing.verify(good | spoiled, api_key=KEY, sign_type=sign_type)


def test_message_does_not_choose_the_weaker_signature():
    fields = vectors.SIGNED_FIELDS | {'sign_type': MD5}
    fields |= {'sign': signing.sign(fields, api_key=KEY, sign_type=MD5)}
    signing.verify(fields, api_key=KEY, sign_type=MD5)
    with pytest.raises(SignatureError):
        signing.verify(fields, api_key=KEY, sign_type=HMAC_SHA256)


def test_message_that_names_another_kind_than_it_is_signed_with_is_refused():
    fields = vectors.SIGNED_FIELDS | {'sign_type': MD5}
    fields |= {'sign': signing.sign(fields, api_key=KEY, sign_type=HMAC_SHA256)}
    with pytest.raises(SignatureError):
        signing.verify(fields, api_key=KEY, sign_type=HMAC_SHA256)


def test_small_letters_are_another_signature():
    spoiled = vectors.SIGNED_FIELDS | {'sign': vectors.SIGNED_MD5.lower()}
    with pytest.raises(SignatureError):
        signing.verify(spoiled, api_key=KEY, sign_type=MD5)


def test_unknown_kind_of_signature_is_refused():
    with pytest.raises(InvalidArgument):
        signing.sign({'a': 'b'}, api_key=KEY, sign_type='SHA1')


@pytest.mark.parametrize('key', ['', 'a' * 31, 'a' * 33, '钥' * 32])
def test_key_of_another_length_is_refused(key):
    with pytest.raises(InvalidArgument):
        signing.check_api_key(key)


def test_good_key_is_taken():
    assert signing.check_api_key(KEY) == KEY


# === CIPHER === #


def test_published_text_is_opened():
    assert cipher.decrypt(vectors.AES_KEY, vectors.AES_SEALED) == vectors.AES_PLAIN


def test_published_refund_notice_is_opened():
    key = cipher.derive_key(vectors.REFUND_API_KEY)
    assert key == vectors.REFUND_AES_KEY
    plain = cipher.decrypt(key, vectors.REFUND_REQ_INFO)
    assert xml.read(plain, root='root') == vectors.REFUND_FIELDS


def test_line_breaks_in_the_base64_do_no_harm():
    wrapped = vectors.AES_SEALED[:10] + '\r\n' + vectors.AES_SEALED[10:]
    assert cipher.decrypt(vectors.AES_KEY, wrapped) == vectors.AES_PLAIN


@pytest.mark.parametrize('sealed', ['', 'AAAA', 'no base64!', '签名', 'A' * 24])
def test_text_that_cannot_be_opened_is_malformed(sealed):
    with pytest.raises(Malformed):
        cipher.decrypt(vectors.AES_KEY, sealed)


def test_other_key_does_not_open_the_text():
    with pytest.raises(Malformed):
        cipher.decrypt(cipher.derive_key(KEY), vectors.REFUND_REQ_INFO)
