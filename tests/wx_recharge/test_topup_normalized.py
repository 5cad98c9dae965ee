"""The shared tables have the members and types they claim (STYLE §12, first line)."""

from collections.abc import Mapping
from dataclasses import FrozenInstanceError

import pytest

from topup import normalized
from topup.normalized import ErrorClass, OrderRequest, Result, State


def test_in_flight_and_final_states_do_not_overlap():
    assert not normalized.IN_FLIGHT_STATES & normalized.FINAL_STATES


def test_every_state_is_draft_in_flight_final_or_anomaly():
    rest = set(State) - normalized.IN_FLIGHT_STATES - normalized.FINAL_STATES
    assert rest == {State.DRAFT, State.ANOMALY}


def test_unknown_is_in_flight_and_never_final():
    assert State.UNKNOWN in normalized.IN_FLIGHT_STATES
    assert State.UNKNOWN not in normalized.FINAL_STATES


def test_classes_that_may_have_been_executed_are_not_listed_as_not_executed():
    assert set(ErrorClass) - normalized.NOT_EXECUTED == {
        ErrorClass.DUPLICATE_REF,
        ErrorClass.UNKNOWN,
    }


def test_states_are_plain_texts_for_the_database():
    assert State.PARTIALLY_SUCCEEDED == 'partially_succeeded'
    assert f'{ErrorClass.FINAL_INPUT}' == 'final_input'


def test_results_cannot_be_changed():
    result = Result(state=State.ACCEPTED)
    with pytest.raises(FrozenInstanceError):
        result.state = State.SUCCEEDED


def test_extra_fields_of_an_order_are_read_only_by_default():
    order = OrderRequest(our_ref='A' * 24, sku='1:1', e164='+66812345678', country='TH')
    assert isinstance(order.extra, Mapping)
    with pytest.raises(TypeError):
        order.extra['senderPhone'] = '1'


def test_unknown_result_forbids_everything():
    result = normalized.unknown('no answer', code='NO_ANSWER', request='POST /x', raw='')
    assert result.state is State.UNKNOWN
    assert result.error_class is ErrorClass.UNKNOWN
    assert result.found is True
    assert (result.error_code, result.error_text) == ('NO_ANSWER', 'no answer')
