"""A transport that answers from a list and remembers what it was asked."""

import json
from dataclasses import dataclass, field

from topup.reloadly import Config, Reloadly

CONFIG = Config(
    client_id='client-1',
    client_secret='secret-1',
    auth_base='https://auth.example',
    api_base='https://topups.example',
)
OUR_REF = 'ABCDEFGHJKLMNPQRSTUVWX23'


@dataclass
class FakeReply:
    """What the wire brings back."""

    status: int = 200
    body: bytes = b''
    headers: dict = field(default_factory=dict)


@dataclass
class Sent:
    """One request as it left."""

    method: str
    url: str
    headers: dict
    body: bytes
    timeout: float

    @property
    def json(self):
        return json.loads(self.body)


class FakeSend:
    """Answers in order; an exception in the list is raised instead."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.sent = []

    def __call__(self, method, url, *, headers, body, timeout):
        self.sent.append(Sent(method, url, dict(headers), body, timeout))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class FakeTokens:
    """Hands out token-1, and the next one each time a token is rejected."""

    def __init__(self, error=None):
        self.count = 1
        self.rejected = []
        self.error = error

    def __call__(self, rejected):
        if self.error:
            raise self.error
        if rejected is not None:
            self.rejected.append(rejected)
            self.count += 1
        return f'token-{self.count}'


def reply(document, status=200, headers=None):
    return FakeReply(status, json.dumps(document).encode(), headers or {})


def error_reply(status, code, message='no'):
    return reply(
        {
            'timeStamp': '2026-01-01 00:00:00',
            'message': message,
            'path': '/topups-async',
            'errorCode': code,
            'infoLink': None,
            'details': [],
        },
        status,
    )


def make_client(*answers, tokens=None):
    """Return a Reloadly client and the transport behind it."""
    send = FakeSend(*answers)
    return Reloadly(send, CONFIG, tokens or FakeTokens()), send


def make_transaction(**values):
    """Return a delivered transaction as the report shows it; a test spoils one part."""
    return {
        'transactionId': 4711,
        'status': 'SUCCESSFUL',
        'operatorTransactionId': 'OP-9',
        'customIdentifier': OUR_REF,
        'recipientPhone': '66812345678',
        'countryCode': 'TH',
        'operatorId': 101,
        'operatorName': 'AIS Thailand',
        'discount': 0.15,
        'discountCurrencyCode': 'USD',
        'requestedAmount': 3,
        'requestedAmountCurrencyCode': 'USD',
        'deliveredAmount': 100,
        'deliveredAmountCurrencyCode': 'THB',
        'transactionDate': '2026-01-01 10:00:00',
        'fee': 0.05,
        'pinDetail': None,
        'balanceInfo': {
            'oldBalance': 100,
            'newBalance': 97.1,
            'cost': 2.9,
            'currencyCode': 'USD',
            'updatedAt': '2026-01-01 10:00:01',
        },
        **values,
    }
