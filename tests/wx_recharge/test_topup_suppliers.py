"""All suppliers behind one interface, whatever comes over the wire. Source: §0, §5."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

import topup_china_fakes
import topup_ding_fakes
import topup_dtone_fakes
from topup import china_answers, countries, ding_codes, dtone_codes, transport
from topup.adapter import Adapter, Quoting
from topup.errors import SignatureError, TopupError
from topup.normalized import NOT_EXECUTED, UNCHARGED_STATES, ErrorClass, State
from topup_fakes import OUR_REF, FakeReply, reply

AMOUNT = {'amount': Decimal('3.00')}


def dtone(*answers):
    client, _send = topup_dtone_fakes.make_client(*answers)
    return client, topup_dtone_fakes.make_order()


def ding(*answers):
    client, _send = topup_ding_fakes.make_client(*answers)
    return client, topup_ding_fakes.make_order(**AMOUNT)


def yrapi(*answers):
    client, _send = topup_china_fakes.make_client(*answers)
    return client, topup_china_fakes.make_order()


def juhe(*answers):
    client, _send = topup_china_fakes.make_client(*answers, config=topup_china_fakes.JUHE)
    return client, topup_china_fakes.make_order(sku='50')


SUPPLIERS = (dtone, ding, yrapi, juhe)
every_supplier = pytest.mark.parametrize('supplier', SUPPLIERS)

words = st.sampled_from(
    [
        OUR_REF,
        *dtone_codes.CLASSES.values(),
        *dtone_codes.ERROR_CLASSES,
        *ding_codes.STATES,
        *(code for code, _context in ding_codes.ERROR_CLASSES),
        '余额不足',
    ]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-2, max_value=12)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | words
)
keys = st.sampled_from(
    [
        'id',
        'external_id',
        'status',
        'class',
        'message',
        'errors',
        'code',
        'prices',
        'wholesale',
        'amount',
        'ResultCode',
        'ErrorCodes',
        'Code',
        'TransferRecord',
        'TransferId',
        'DistributorRef',
        'ProcessingState',
        'Price',
        'Items',
        'errno',
        'errmsg',
        'data',
        'out_trade_num',
        'state',
        'error_code',
        'result',
        'uorderid',
        'game_state',
        'reason',
    ]
)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=6),
    max_leaves=16,
)
bodies = st.binary(max_size=40) | documents.map(lambda value: json.dumps(value).encode())
statuses = st.integers(min_value=100, max_value=599)
suppliers = st.sampled_from(SUPPLIERS)


# === THE INTERFACE === #


@every_supplier
def test_supplier_fulfils_the_interface(supplier):
    client, _order = supplier()
    adapter: Adapter = client
    names = {name for name in vars(Adapter) if not name.startswith('_')}
    assert all(hasattr(adapter, name) for name in names)
    assert adapter.callback_reply.status == 200
    if adapter.capabilities.quote:
        quoting: Quoting = client
        assert callable(quoting.quote)


@every_supplier
@pytest.mark.parametrize('error', [TimeoutError(), ConnectionResetError()])
def test_lost_answer_is_unknown_and_the_order_is_sent_once(supplier, error):
    client, order = supplier(error, error)
    result = client.submit(order)
    assert (result.state, result.error_class) == (State.UNKNOWN, ErrorClass.UNKNOWN)
    assert len(client._send.sent) == 1


@every_supplier
def test_order_of_another_reference_is_never_taken_for_ours(supplier):
    others = {
        dtone: topup_dtone_fakes.make_transaction(external_id='OTHER'),
        ding: {
            'ResultCode': 1,
            'TransferRecord': topup_ding_fakes.make_record(
                TransferId={'TransferRef': '1', 'DistributorRef': 'OTHER'}
            ),
        },
        yrapi: {'errno': 0, 'data': topup_china_fakes.make_row(1, out_trade_num='OTHER')},
        juhe: {'error_code': 0, 'result': topup_china_fakes.make_result('1', uorderid='OTHER')},
    }
    client, order = supplier(reply(others[supplier]))
    result = client.submit(order)
    assert (result.state, result.error_code) == (State.UNKNOWN, 'REFERENCE_MISMATCH')


# === WHATEVER COMES === #


@given(supplier=suppliers, status=statuses, body=bodies)
def test_submit_fails_only_for_a_class_that_proves_it(supplier, status, body):
    client, order = supplier(FakeReply(status, body))
    result = client.submit(order)
    assert len(client._send.sent) == 1
    if result.state in UNCHARGED_STATES - {State.REVERSED}:
        assert result.error_class in NOT_EXECUTED
        assert result.cost is None
    if result.error_class in (ErrorClass.UNKNOWN, ErrorClass.DUPLICATE_REF):
        assert result.state is State.UNKNOWN


@given(supplier=suppliers, status=st.integers(min_value=500, max_value=599), body=bodies)
def test_server_error_is_unknown_but_for_dings_balance(supplier, status, body):
    client, order = supplier(FakeReply(status, body))
    result = client.submit(order)
    if result.state is not State.UNKNOWN:
        assert supplier is ding
        assert (result.error_class, result.state) == (ErrorClass.ACCOUNT, State.FAILED)


@given(supplier=suppliers, status=statuses, body=bodies)
def test_query_ends_only_by_an_order_in_a_good_answer(supplier, status, body):
    client, _order = supplier(FakeReply(status, body), FakeReply(status, body))
    result = client.query(OUR_REF)
    if result.state is not State.UNKNOWN or not result.found:
        assert 200 <= status < 300 or (supplier is dtone and not result.found)
    if not result.found:
        assert result.state is State.UNKNOWN


@given(supplier=suppliers, status=statuses, body=bodies)
def test_reading_calls_raise_nothing_but_the_family(supplier, status, body):
    number = '+8613800138000'
    for call in (
        lambda client, order: client.fetch_balance(),
        lambda client, order: client.lookup_number(number, 'CN'),
        lambda client, order: next(client.fetch_catalogue(), None),
        lambda client, order: client.quote(order),
    ):
        client, order = supplier(*[FakeReply(status, body)] * 4)
        try:
            call(client, order)
        except TopupError as error:
            assert str(error) or error.code or error.http_status


@given(supplier=suppliers, body=bodies)
def test_callback_is_read_or_refused(supplier, body):
    client, _order = supplier()
    try:
        event = client.parse_callback({}, body, '')
    except SignatureError:
        return
    assert event.our_ref or event.supplier_ref
    assert not event.authenticated


# === TOOLS === #


@given(document=documents)
def test_json_that_is_written_is_read_again(document):
    read = transport.parse_json(transport.to_json(document).encode())
    assert read == transport.parse_json(json.dumps(document).encode())


@given(number=st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_written_decimals_keep_their_digits(number):
    assert transport.to_json({'amount': [number]}) == f'{{"amount": [{number:f}]}}'


@given(document=documents, path=st.text(alphabet='ab.|', max_size=8))
def test_picking_never_raises(document, path):
    china_answers.pick(document, path)


@given(text=st.text(max_size=4))
def test_country_code_is_known_or_empty(text):
    assert countries.to_alpha2(text) in {'', *countries.ALPHA2.values()}
