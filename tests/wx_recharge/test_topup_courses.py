"""Whole courses of a top-up against a small Reloadly: it counts what it really executed.

Source: spec/topup_suppliers.md §1 (Idempotency, Unknown result), §6 traps 1 to 4.
"""

import json

import pytest

from topup.normalized import FINAL_STATES, ErrorClass, OrderRequest, State
from topup.reloadly import Reloadly
from topup_fakes import CONFIG, OUR_REF, FakeReply, FakeTokens, error_reply, reply

ORDER = OrderRequest(our_ref=OUR_REF, sku='101:3.00', e164='+66812345678', country='TH')


class SmallReloadly:
    """Executes orders, forgets refused ones, and spoils the answers it is told to spoil."""

    def __init__(self):
        self.executed = []
        self.refuse_with = ''
        self.spoil = None
        self.final = 'SUCCESSFUL'

    def __call__(self, method, url, *, headers, body, timeout):
        if method == 'POST':
            answer = self._order(json.loads(body))
        elif '/status' in url:
            answer = reply(self._row(url.split('/')[-2]))
        else:
            reference = url.split('customIdentifier=')[1].split('&')[0]
            rows = [row for row in self.executed if row['customIdentifier'] == reference]
            answer = reply({'content': rows})
        return answer

    def _order(self, order):
        if self.refuse_with:
            return error_reply(400, self.refuse_with)
        if any(row['customIdentifier'] == order['customIdentifier'] for row in self.executed):
            return error_reply(400, 'CUSTOM_IDENTIFIER_ALREADY_USED')
        if self.spoil == 'before':
            raise TimeoutError
        number = len(self.executed) + 1
        self.executed.append(
            {
                'transactionId': number,
                'customIdentifier': order['customIdentifier'],
                'status': 'PROCESSING',
            }
        )
        if self.spoil == 'after':
            raise TimeoutError
        if isinstance(self.spoil, FakeReply):
            return self.spoil
        return reply({'transactionId': number})

    def _row(self, transaction_id):
        return next(row for row in self.executed if str(row['transactionId']) == transaction_id)

    def finish(self):
        for row in self.executed:
            row['status'] = self.final


@pytest.fixture
def supplier():
    return SmallReloadly()


@pytest.fixture
def client(supplier):
    return Reloadly(supplier, CONFIG, FakeTokens())


def follow(client, result):
    """Ask once as the attempt engine does: with their id when there is one."""
    return client.query(OUR_REF, result.supplier_ref)


def test_ordinary_course_is_accepted_then_processing_then_delivered(supplier, client):
    submitted = client.submit(ORDER)
    assert submitted.state is State.ACCEPTED
    assert follow(client, submitted).state is State.PROCESSING
    supplier.finish()
    assert follow(client, submitted).state is State.SUCCEEDED
    assert len(supplier.executed) == 1


def test_accepted_order_that_fails_is_final(supplier, client):
    supplier.final = 'FAILED'
    submitted = client.submit(ORDER)
    supplier.finish()
    result = follow(client, submitted)
    assert (result.state, result.error_class) == (State.FAILED, ErrorClass.FINAL_OPERATOR)


@pytest.mark.parametrize(
    'spoil',
    [
        'after',
        FakeReply(500, b''),
        FakeReply(502, b'<html>'),
        FakeReply(200, b'{'),
        error_reply(500, 'PROVIDER_INTERNAL_ERROR'),
    ],
)
def test_executed_order_without_a_good_answer_is_found_by_our_reference(supplier, client, spoil):
    supplier.spoil = spoil
    submitted = client.submit(ORDER)
    assert submitted.state is State.UNKNOWN
    supplier.finish()
    result = follow(client, submitted)
    assert result.state is State.SUCCEEDED
    assert result.supplier_ref == '1'
    assert len(supplier.executed) == 1


def test_order_that_never_arrived_is_not_found_and_not_failed(supplier, client):
    supplier.spoil = 'before'
    submitted = client.submit(ORDER)
    assert submitted.state is State.UNKNOWN
    result = follow(client, submitted)
    assert result.found is False
    assert result.state not in FINAL_STATES
    assert supplier.executed == []


def test_refused_order_leaves_no_record(supplier, client):
    supplier.refuse_with = 'PHONE_RECENTLY_RECHARGED'
    submitted = client.submit(ORDER)
    assert submitted.error_class is ErrorClass.RETRY_LATER
    assert follow(client, submitted).found is False


def test_second_use_of_a_reference_points_to_the_first_order(supplier, client):
    client.submit(ORDER)
    again = client.submit(ORDER)
    assert (again.state, again.error_class) == (State.UNKNOWN, ErrorClass.DUPLICATE_REF)
    supplier.finish()
    assert follow(client, again).state is State.SUCCEEDED
    assert len(supplier.executed) == 1


@pytest.mark.parametrize(
    'code',
    ['INVALID_RECIPIENT_PHONE', 'PHONE_BANNED_BY_OPERATOR', 'INSUFFICIENT_BALANCE'],
)
def test_final_refusal_is_final_because_nothing_was_executed(supplier, client, code):
    supplier.refuse_with = code
    assert client.submit(ORDER).state is State.FAILED
    assert supplier.executed == []


def test_failure_reported_after_delivery_is_told_as_it_is(supplier, client):
    submitted = client.submit(ORDER)
    supplier.finish()
    assert follow(client, submitted).state is State.SUCCEEDED
    supplier.final = 'REFUNDED'
    supplier.finish()
    assert follow(client, submitted).state is State.FAILED
