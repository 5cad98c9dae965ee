"""Reading replies: exact decimals, no constants, secrets masked."""

from decimal import Decimal

import pytest

from topup import transport
from topup.errors import UnknownOutcome
from topup_fakes import FakeReply, FakeSend


def exchange(answer):
    send = FakeSend(answer)
    return transport.exchange(send, 'GET', 'https://x/', headers={}, body=b'', timeout=3.0)


def test_request_is_passed_on_as_given():
    send = FakeSend(FakeReply(200, b'{}'))
    transport.exchange(send, 'POST', 'https://x/y', headers={'A': 'b'}, body=b'body', timeout=7.5)
    sent = send.sent[0]
    assert (sent.method, sent.url, sent.body, sent.timeout) == ('POST', 'https://x/y', b'body', 7.5)
    assert sent.headers == {'A': 'b'}


@pytest.mark.parametrize(
    'error', [TimeoutError(), ConnectionResetError(), ConnectionRefusedError(), OSError('dns')]
)
def test_transport_failure_is_an_unknown_outcome(error):
    with pytest.raises(UnknownOutcome) as caught:
        exchange(error)
    assert caught.value.__cause__ is error


def test_header_names_are_lower_case():
    answer = exchange(FakeReply(200, b'{}', {'Retry-After': '7'}))
    assert answer.headers == {'retry-after': '7'}


@pytest.mark.parametrize(
    ('status', 'ok'), [(199, False), (200, True), (201, True), (299, True), (302, False)]
)
def test_only_2xx_is_ok(status, ok):
    assert exchange(FakeReply(status, b'{}')).ok is ok


def test_numbers_keep_their_digits():
    document = transport.parse_json(b'{"a": 0.1, "b": 3.00, "c": 12345678901234567890}')
    assert document == {'a': Decimal('0.1'), 'b': Decimal('3.00'), 'c': 12345678901234567890}
    assert str(document['b']) == '3.00'


@pytest.mark.parametrize(
    'body',
    [
        b'',
        b'<html>502</html>',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'\xff\xfe\x00',
        b'{"a": 1',
        b'[' * 100_000,
    ],
)
def test_garbage_is_no_document(body):
    assert transport.parse_json(body) is None


@pytest.mark.parametrize(
    ('value', 'number'),
    [
        (3, Decimal(3)),
        ('3.50', Decimal('3.50')),
        (Decimal('0.1'), Decimal('0.1')),
        ('', None),
        ('abc', None),
        ('NaN', None),
        ('Infinity', None),
        (True, None),
        (None, None),
        (0.1, None),
        ([], None),
    ],
)
def test_to_decimal_takes_exact_finite_numbers_only(value, number):
    assert transport.to_decimal(value) == number


@pytest.mark.parametrize(
    ('value', 'text'),
    [('a', 'a'), (7, '7'), (0, '0'), (None, ''), (True, ''), ({}, ''), ([], ''), (Decimal(1), '')],
)
def test_to_text_takes_texts_and_whole_numbers_only(value, text):
    assert transport.to_text(value) == text


def test_secrets_are_masked_at_any_depth():
    document = {
        'access_token': 'abc',
        'list': [{'client_secret': 's'}],
        'pinDetail': {'code': '1234'},
        'keep': 'me',
    }
    assert transport.redact(document) == {
        'access_token': transport.MASK,
        'list': [{'client_secret': transport.MASK}],
        'pinDetail': transport.MASK,
        'keep': 'me',
    }


def test_empty_secret_is_shown_as_empty():
    assert transport.redact({'pinDetail': None}) == {'pinDetail': None}


def test_printable_answer_has_status_and_masked_body():
    text = transport.printable(exchange(FakeReply(201, b'{"access_token": "abc", "n": 1.5}')))
    assert text == '201 {"access_token": "••••", "n": "1.5"}'


def test_printable_garbage_shows_only_its_size():
    text = transport.printable(exchange(FakeReply(502, b'<html>secret</html>')))
    assert text == '502 (19 bytes, not JSON)'


def test_printable_answer_is_bounded():
    body = b'{"a": "' + b'x' * 20_000 + b'"}'
    assert len(transport.printable(exchange(FakeReply(200, body)))) == transport.RAW_LIMIT
