"""Schemathesis against the running server: whatever comes in, the contract is kept."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
    ignored_auth,
]


# Operations are walked by hand: schemathesis' own parametrisation does not run under the
# pytest we use.
@pytest.fixture(scope='session')
def api_schema(servers):
    # An oversized body is refused before it is read, with 413.
    config = SchemathesisConfig.from_dict(
        {'checks': {'negative_data_rejection': {'expected-statuses': ['4xx', '5xx']}}}
    )
    return schemathesis.openapi.from_url(
        f'{servers.shop_url}/api/mp/v1/openapi.json', config=config
    )


@pytest.mark.parametrize('mode', [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=str)
def test_every_operation_keeps_the_contract(api_schema, customer_a, mode, subtests):
    headers = {'Authorization': f'Bearer {customer_a.token}'}
    operations = [result.ok() for result in api_schema.get_all_operations()]
    assert len(operations) >= 12
    for operation in operations:

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=20,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        def keeps_the_contract(case):
            case.call_and_validate(headers=headers, checks=CHECKS, timeout=60)

        with subtests.test(operation=operation.label):
            try:
                keeps_the_contract()
            except Unsatisfiable:
                # An operation without parameters has no invalid form.
                assert mode is GenerationMode.NEGATIVE, operation.label


def test_the_document_describes_the_main_job(document):
    for path in (
        'login',
        'profile',
        'countries',
        'packages',
        'lookup',
        'recharge/orders',
        'recharge/orders/{order_no}',
        'recharge/orders/{order_no}/pay',
        'recharge/orders/{order_no}/cancel',
    ):
        assert f'/api/mp/v1/{path}' in document['paths']
