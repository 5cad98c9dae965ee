"""Customer A with every id of customer B on every route of the contract.

The routes and the places for an id come from the OpenAPI document, so that a new route is
covered by itself.
"""

import itertools
import secrets
from typing import Any

import requests

PATH_METHODS = ('get', 'post', 'put', 'patch', 'delete')


def identifiers(value: Any, name: str = '') -> set[str]:
    """Return whatever names a record in B's own answers: values of `id`, `*_id` and `*_no`."""
    if isinstance(value, dict):
        return set().union(*(identifiers(part, key) for key, part in value.items()), set())
    if isinstance(value, list):
        return set().union(*(identifiers(part, name) for part in value), set())
    is_identifier = name == 'id' or name.endswith(('_id', '_no'))
    return {str(value)} if is_identifier and value not in (None, '') else set()


def private_identifiers(customer_b) -> set[str]:
    orders = customer_b.call('GET', '/recharge/orders')
    details = [customer_b.see(order_no) for order_no in customer_b.orders]
    shared = identifiers(customer_b.call('GET', '/packages', params={'country': 'TH'}))
    shared |= identifiers(customer_b.call('GET', '/membership/plans'))
    wallets = customer_b.call('GET', '/wallets')
    memberships = customer_b.call('GET', '/membership/orders')
    return identifiers([orders, details, wallets, memberships]) - shared


def operations(document):
    for path, item in document['paths'].items():
        for method in PATH_METHODS:
            if method in item:
                yield path, method, item[method]


def resolve(document, schema):
    while '$ref' in schema:
        schema = document['components']['schemas'][schema['$ref'].rsplit('/', 1)[-1]]
    return schema


def body_of(document, operation) -> dict[str, Any]:
    """Return a plausible body, so that the request gets as far as looking for the record."""
    if 'requestBody' not in operation:
        return {}
    schema = resolve(document, operation['requestBody']['content']['application/json']['schema'])
    return {
        name: example(document, schema['properties'][name]) for name in schema.get('required', ())
    }


def query_of(document, operation) -> dict[str, Any]:
    """Return what the query string must have, for the same reason."""
    return {
        p['name']: example(document, p['schema'])
        for p in operation['parameters']
        if p['in'] == 'query' and p['required']
    }


def example(document, schema):
    schema = resolve(document, schema)
    if 'enum' in schema or 'const' in schema:
        return schema.get('const', schema.get('enum', [None])[0])
    if schema.get('type') == 'integer':
        return max(1, schema.get('minimum', 1))
    return 'x' * max(8, schema.get('minLength', 8))


def call(customer, method, path, document, operation, **query):
    headers = {'Authorization': f'Bearer {customer.token}'}
    if any(p['name'] == 'Idempotency-Key' for p in operation['parameters']):
        headers['Idempotency-Key'] = secrets.token_hex(16)
    body = body_of(document, operation) if method not in ('get', 'delete') else None
    params = {**query_of(document, operation), **query}
    return requests.request(
        method, customer.shop + path, headers=headers, json=body, params=params, timeout=60
    )


def test_paths_with_another_customers_ids_answer_not_found(document, customer_a, customer_b):
    theirs = private_identifiers(customer_b)
    assert theirs >= {*customer_b.orders, *customer_b.memberships}
    before = [customer_b.see(order_no) for order_no in customer_b.orders]
    tried = 0
    for path, method, operation in operations(document):
        names = [p['name'] for p in operation['parameters'] if p['in'] == 'path']
        for values in itertools.product(sorted(theirs), repeat=len(names)) if names else ():
            address = path
            for name, value in zip(names, values, strict=True):
                address = address.replace(f'{{{name}}}', value)
            answer = call(customer_a, method, address, document, operation)
            assert (answer.status_code, answer.json()['code']) == (404, 4), (method, address)
            assert not theirs & identifiers(answer.json()), (method, address)
            tried += 1
    assert tried >= 3 * len(theirs)
    stable = ('order_no', 'amount_fen', 'created_at', 'expires_at')
    after = [customer_b.see(order_no) for order_no in customer_b.orders]
    assert [[o[k] for k in stable] for o in after] == [[o[k] for k in stable] for o in before]
    assert [o['state'] for o in after[:2]] == ['awaiting_payment', 'awaiting_payment']


def test_no_list_or_query_shows_another_customers_records(document, customer_a, customer_b):
    theirs = private_identifiers(customer_b)
    for path, method, operation in operations(document):
        if method != 'get' or '{' in path:
            continue
        places = [p['name'] for p in operation['parameters'] if p['in'] == 'query']
        queries = [{}] + [
            {name: value} for name, value in itertools.product(places, sorted(theirs))
        ]
        for query in queries:
            answer = call(customer_a, method, path, document, operation, **query)
            assert answer.status_code in (200, 400, 404), (path, query)
            assert not theirs & identifiers(answer.json()), (path, query)


def test_without_a_token_nothing_private_answers(document, customer_b):
    for path, method, operation in operations(document):
        if not operation['security']:
            continue
        address = path.replace('{order_no}', customer_b.orders[0])
        answer = requests.request(
            method, customer_b.shop + address, json=body_of(document, operation), timeout=60
        )
        assert (answer.status_code, answer.json()['code']) == (401, 2), (method, address)
