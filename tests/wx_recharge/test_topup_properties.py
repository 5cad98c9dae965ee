"""Whatever comes over the wire: no exception but ours, no failure but a proven one."""

import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from topup import reloadly_catalogue, reloadly_webhook, transport
from topup.errors import Refused, SignatureError, TopupError
from topup.normalized import NOT_EXECUTED, ErrorClass, OrderRequest, State
from topup.reloadly_codes import ERROR_CLASSES, STATES
from topup.schedule import NOT_FOUND_SPAN_S, proves_absence, query_gap
from topup_fakes import OUR_REF, FakeReply, make_client, make_transaction, reply

ORDER = OrderRequest(our_ref=OUR_REF, sku='101:3.00', e164='+66812345678', country='TH')

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from([*ERROR_CLASSES, *STATES, OUR_REF])
)
keys = st.sampled_from(
    [
        'transactionId',
        'status',
        'errorCode',
        'message',
        'content',
        'transaction',
        'data',
        'customIdentifier',
        'balanceInfo',
        'requestedAmount',
        'pinDetail',
        'fixedAmounts',
        'operatorId',
        'denominationType',
        'access_token',
        'x',
    ]
)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=12,
)
bodies = st.binary(max_size=60) | documents.map(lambda value: json.dumps(value).encode())
statuses = st.integers(min_value=100, max_value=599).filter(lambda status: status != 401)


# === SUBMIT AND QUERY === #


@given(status=statuses, body=bodies)
def test_submit_fails_only_for_a_known_refusal_or_a_final_state(status, body):
    client, send = make_client(FakeReply(status, body))
    result = client.submit(ORDER)
    assert len(send.sent) == 1
    if result.state is State.FAILED:
        assert result.error_class in NOT_EXECUTED
        document = transport.parse_json(body)
        if 200 <= status < 300:
            assert STATES[document['status']] is State.FAILED
        else:
            assert status == 429 or ERROR_CLASSES[document['errorCode']] in NOT_EXECUTED
            assert status < 500


@given(status=st.integers(min_value=500, max_value=599), body=bodies)
def test_submit_answered_by_a_server_error_is_always_unknown(status, body):
    client, _send = make_client(FakeReply(status, body))
    result = client.submit(ORDER)
    assert (result.state, result.error_class) == (State.UNKNOWN, ErrorClass.UNKNOWN)


@given(status=statuses, body=bodies)
def test_submit_succeeds_only_when_a_transaction_says_so(status, body):
    client, _send = make_client(FakeReply(status, body))
    result = client.submit(ORDER)
    if result.state is State.SUCCEEDED:
        assert 200 <= status < 300
        assert transport.parse_json(body)['status'] == 'SUCCESSFUL'
        assert result.supplier_ref


@given(status=statuses, body=bodies)
def test_query_is_final_only_when_the_order_itself_says_so(status, body):
    client, _send = make_client(FakeReply(status, body))
    result = client.query(OUR_REF)
    if result.state in (State.SUCCEEDED, State.FAILED):
        rows = transport.parse_json(body)['content']
        own = [
            row
            for row in rows
            if isinstance(row, dict)
            and transport.to_text(row.get('customIdentifier')).lower() == OUR_REF.lower()
        ]
        assert 200 <= status < 300
        assert STATES[result_status(own, result.state)] is result.state


def result_status(rows, state):
    return next(row['status'] for row in rows if STATES.get(str(row.get('status'))) is state)


@given(status=statuses, body=bodies)
def test_not_found_is_said_only_by_an_empty_report(status, body):
    client, _send = make_client(FakeReply(status, body))
    result = client.query(OUR_REF)
    if not result.found:
        assert 200 <= status < 300
        assert transport.parse_json(body)['content'] == []
        assert result.state is State.UNKNOWN


@given(status=statuses, body=bodies)
def test_reading_calls_raise_nothing_but_the_family(status, body):
    for call in (
        lambda client: client.fetch_balance(),
        lambda client: client.lookup_number('+66812345678', 'TH'),
        lambda client: next(client.fetch_catalogue(), None),
    ):
        client, _send = make_client(FakeReply(status, body), reply({'content': []}))
        try:
            call(client)
        except TopupError as error:
            assert str(error)


@given(states=st.lists(st.sampled_from([*STATES, 'NEW']), min_size=1, max_size=5))
def test_best_of_several_executions_never_hides_a_success(states):
    rows = [make_transaction(transactionId=n, status=text) for n, text in enumerate(states, 1)]
    client, _send = make_client(reply({'content': rows}))
    result = client.query(OUR_REF)
    charged = [text for text in states if text not in ('FAILED', 'REFUNDED')]
    assert result.duplicates == max(0, len(charged) - 1)
    assert (result.state is State.SUCCEEDED) == ('SUCCESSFUL' in states)
    if result.state is State.FAILED:
        assert set(states) <= {'FAILED', 'REFUNDED'}


# === PARSING === #


@given(body=st.binary(max_size=200))
def test_parsing_json_never_raises(body):
    transport.parse_json(body)


@given(document=documents)
def test_no_secret_survives_masking(document):
    masked = json.dumps(transport.redact({'outer': [document, {'access_token': 'TOP-SECRET'}]}))
    assert 'TOP-SECRET' not in masked


@given(document=documents)
def test_masking_twice_changes_nothing_more(document):
    once = transport.redact(document)
    assert transport.redact(once) == once


@given(number=st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_numbers_pass_the_border_exactly(number):
    assert transport.to_decimal(str(number)) == number


@given(
    operator_id=st.integers(min_value=1, max_value=10**12 - 1),
    amount=st.decimals(min_value=Decimal('0.01'), max_value=Decimal('999999'), places=2),
)
def test_sku_survives_writing_and_reading(operator_id, amount):
    assert reloadly_catalogue.parse_sku(f'{operator_id}:{amount}') == (operator_id, amount)


@given(text=st.text(max_size=30))
def test_any_other_sku_is_refused_and_raises_nothing_else(text):
    try:
        operator_id, amount = reloadly_catalogue.parse_sku(text)
    except Refused:
        return
    assert operator_id >= 0
    assert amount > 0


@given(text=st.text(max_size=60))
def test_validity_is_a_duration_or_nothing(text):
    validity = reloadly_catalogue.parse_validity(text)
    assert validity is None or validity.startswith('P')


@given(operator=documents)
def test_any_operator_is_read_or_left_out(operator):
    for product in reloadly_catalogue.parse_operator(operator):
        assert product.sku.startswith(product.operator_ref)


# === WEBHOOK === #


@given(body=bodies, headers=st.dictionaries(st.text(max_size=30), st.text(max_size=70), max_size=4))
def test_nobody_without_the_secret_is_believed(body, headers):
    try:
        reloadly_webhook.parse(headers, body, 'whsec_test')
    except SignatureError:
        return
    raise AssertionError('an unsigned callback was accepted')


@given(body=bodies, timestamp=st.integers(min_value=0, max_value=10**13))
def test_signed_callback_is_read_or_refused_and_raises_nothing_else(body, timestamp):
    headers = {
        'X-Reloadly-Signature': reloadly_webhook.sign(body, str(timestamp), 'whsec_test'),
        'X-Reloadly-Request-Timestamp': str(timestamp),
    }
    try:
        event = reloadly_webhook.parse(headers, body, 'whsec_test')
    except SignatureError:
        return
    assert event.authenticated
    assert event.our_ref or event.supplier_ref


# === SCHEDULE === #


@given(tries=st.integers(min_value=0, max_value=10**6))
def test_gaps_never_shrink_and_never_exceed_an_hour(tries):
    assert 10 <= query_gap(tries) <= query_gap(tries + 1) <= 3600


@given(
    answers=st.lists(st.integers(min_value=0, max_value=10_000), max_size=8),
    max_process=st.integers(min_value=0, max_value=5000),
)
def test_absence_is_never_proven_early(answers, max_process):
    if proves_absence(0, answers, max_process):
        late = [at for at in answers if at >= max_process]
        assert len(late) >= 3
        assert max(late) - min(late) >= NOT_FOUND_SPAN_S
