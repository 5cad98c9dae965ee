"""The counter has the verbs of the other clients, and calls nobody."""

import datetime
import inspect

import pytest

from paywire import alipay, wxpay_v2, wxpay_v3
from paywire.errors import InvalidArgument, NotFound
from paywire.messages import Refund, Transaction
from paywire.offline import Client
from paywire.orders import COUNTER, NATIVE, PrepayOrder, RefundOrder

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
ORDER = PrepayOrder(
    scene=COUNTER,
    appid='wx1',
    out_trade_no='N1',
    description='x',
    amount_fen=100,
    notify_url='',
    expires_at=NOW,
)
REFUND = RefundOrder(
    out_trade_no='N1',
    transaction_id='N1',
    out_refund_no='R1',
    refund_fen=40,
    total_fen=100,
    reason='x',
    notify_url='',
)
VERBS = (
    'prepare',
    'prepay',
    'invoke',
    'charge',
    'query',
    'close',
    'reverse',
    'refund',
    'query_refund',
    'fetch_bill',
)


@pytest.fixture
def client():
    return Client(appid='wx1', mchid='M1')


@pytest.mark.parametrize('verb', VERBS)
def test_verbs_are_those_of_the_other_clients(verb):
    def parameters(kind):
        return list(inspect.signature(getattr(kind, verb)).parameters)

    for package in (wxpay_v3, wxpay_v2, alipay):
        other = __import__(f'{package.__name__}.client', fromlist=['Client']).Client
        assert parameters(Client) == parameters(other)


def test_nothing_is_opened(client):
    body = client.prepare(ORDER)
    assert body == client.prepare(ORDER)
    assert client.prepay(COUNTER, body) == ''
    assert client.invoke(COUNTER, body, '', appid='wx1') == {}
    assert client.close('N1') is None
    assert client.reverse('N1') is True


def test_only_the_counter_is_served(client):
    with pytest.raises(InvalidArgument):
        client.prepay(NATIVE, b'')
    with pytest.raises(InvalidArgument):
        client.charge(b'')


def test_query_does_not_know(client):
    transaction = client.query('N1')
    assert (transaction.trade_state, transaction.total_fen) == ('NOTPAY', None)
    assert not transaction.is_paid


def test_paid_by_a_person(client):
    assert client.paid('N1', 100, NOW) == Transaction(
        appid='wx1',
        mchid='M1',
        out_trade_no='N1',
        trade_state='SUCCESS',
        transaction_id='N1',
        trade_type='',
        trade_state_desc='',
        bank_type='',
        attach='',
        openid='',
        success_time=NOW,
        total_fen=100,
        payer_total_fen=100,
        currency='CNY',
    )


def test_refund_waits_for_a_person(client):
    waiting = client.refund(REFUND)
    assert (waiting.status, waiting.success_time, waiting.refund_fen) == ('PROCESSING', None, 40)
    with pytest.raises(NotFound):
        client.query_refund('N1', 'R1')
    done = client.handed_back(REFUND, NOW)
    assert isinstance(done, Refund)
    assert (done.status, done.success_time, done.refund_id) == ('SUCCESS', NOW, 'R1')


def test_there_are_no_bills(client):
    with pytest.raises(NotFound):
        client.fetch_bill('trade', NOW.date(), print)
