"""Customer A with every id of customer B on every route of the contract.

The routes and the places for an id come from the OpenAPI document, so that a new route is
covered by itself: a place that is neither private nor known to be everybody's fails.
"""

import itertools
import secrets
from typing import Any

import requests

PATH_METHODS = ('get', 'post', 'put', 'patch', 'delete')

# Places in addresses that name what is everybody's.
SHARED_PLACES = frozenset({'asset', 'package_id', 'template_id', 'path', 'operator_id', 'token'})
# Places in bodies that name records of one customer, and the kind that belongs there.
BODY_PLACES = {
    ('/recharge/quote', 'coupon_ids'): 'coupon_id',
    ('/recharge/orders', 'coupon_ids'): 'coupon_id',
    ('/messages/read', 'ids'): 'message_id',
}
# Fields of bodies that name records, but nobody's in particular.
SHARED_FIELDS = frozenset({'package_id', 'operator_id', 'plan_id'})
# Lists of what one customer has.
OWN_LISTS = {
    '/recharge/orders': 'order_no',
    '/membership/orders': 'order_no',
    '/coupons': 'coupon_id',
    '/recharge/numbers': 'number_id',
    '/messages': 'message_id',
}


def identifiers(value: Any, name: str = '') -> set[str]:
    """Return whatever names a record in B's own answers: values of `id`, `*_id` and `*_no`."""
    if isinstance(value, dict):
        return set().union(*(identifiers(part, key) for key, part in value.items()), set())
    if isinstance(value, list):
        return set().union(*(identifiers(part, name) for part in value), set())
    is_identifier = name == 'id' or name.endswith(('_id', '_no'))
    return {str(value)} if is_identifier and value not in (None, '') else set()


def private_identifiers(customer_b) -> set[str]:
    """Return what names B's records and nothing else: numbers of rows may name others as well."""
    wallets = identifiers(customer_b.call('GET', '/wallets'))
    return customer_b.own['order_no'] | {name for name in wallets if not name.isdigit()}


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
    body = body_of(document, operation) if method not in ('get', 'delete') else None
    return send(customer, method, path, operation, body, {**query_of(document, operation), **query})


def send(customer, method, path, operation, body, params):
    headers = {'Authorization': f'Bearer {customer.token}'}
    if any(p['name'] == 'Idempotency-Key' for p in operation['parameters']):
        headers['Idempotency-Key'] = secrets.token_hex(16)
    return requests.request(
        method, customer.shop + path, headers=headers, json=body, params=params, timeout=60
    )


def snapshot(customer) -> list[Any]:
    """Return everything the customer has, but for times that go on by themselves."""
    moving = {'state', 'paid_at', 'delivered_at', 'finished_at', 'actions'}
    orders = [customer.see(order_no) for order_no in customer.orders]
    return [
        [{key: order[key] for key in order.keys() - moving} for order in orders],
        *(customer.call('GET', path)['items'] for path in ('/coupons', '/recharge/numbers')),
        [row['read_at'] for row in customer.call('GET', '/messages')['items'][-1:]],
    ]


def test_paths_with_another_customers_ids_answer_not_found(document, customer_a, customer_b):
    theirs = private_identifiers(customer_b)
    before, tried = snapshot(customer_b), set()
    for path, method, operation in operations(document):
        names = [p['name'] for p in operation['parameters'] if p['in'] == 'path']
        if set(names) & SHARED_PLACES or not names:
            continue
        assert all(customer_b.own.get(name) for name in names), f'a new kind of id: {path}'
        for values in itertools.product(*(sorted(customer_b.own[name]) for name in names)):
            address = path
            for name, value in zip(names, values, strict=True):
                address = address.replace(f'{{{name}}}', value)
            answer = call(customer_a, method, address, document, operation)
            assert (answer.status_code, answer.json()['code']) == (404, 4), (method, address)
            assert not theirs & identifiers(answer.json()), (method, address)
            tried.add((method, path))
    assert len(tried) >= 14, sorted(tried)
    assert snapshot(customer_b) == before
    states = [customer_b.see(order_no)['state'] for order_no in customer_b.orders[:2]]
    assert states == ['awaiting_payment', 'awaiting_payment']


def test_bodies_with_another_customers_ids_answer_not_found(
    document, customer_a, customer_b, furniture
):
    before, tried = snapshot(customer_b), set()
    for path, method, operation in operations(document):
        if 'requestBody' not in operation:
            continue
        content = operation['requestBody']['content']['application/json']
        for field in resolve(document, content['schema'])['properties']:
            if not field.endswith(('_id', 'ids')) or field in SHARED_FIELDS:
                continue
            kind = BODY_PLACES.get((path.removeprefix('/api/mp/v1'), field))
            assert kind, f'a new place for ids: {path} {field}'
            order = customer_a.see(customer_a.orders[0])
            body = {'package_id': order['package']['id'], 'phone': order['phone']}
            if 'package_id' not in resolve(document, content['schema'])['properties']:
                body = {}
            body[field] = [int(value) for value in customer_b.own[kind]]
            answer = send(customer_a, method, path, operation, body, {})
            assert (answer.status_code, answer.json()['code']) == (404, 4), (path, field)
            tried.add((path.removeprefix('/api/mp/v1'), field))
    assert tried == set(BODY_PLACES)
    assert snapshot(customer_b) == before


def test_own_lists_hold_nothing_of_another_customer(customer_a, customer_b):
    for path, place in OWN_LISTS.items():
        name = 'order_no' if place == 'order_no' else 'id'
        of_a, of_b = (
            {str(row[name]) for row in customer.call('GET', path)['items']}
            for customer in (customer_a, customer_b)
        )
        assert of_b, path
        assert of_b & customer_b.own[place], path
        assert not of_a & of_b, path


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
        address = path
        for name in (p['name'] for p in operation['parameters'] if p['in'] == 'path'):
            address = address.replace(f'{{{name}}}', min(customer_b.own.get(name, {'1'})))
        answer = requests.request(
            method, customer_b.shop + address, json=body_of(document, operation), timeout=60
        )
        assert (answer.status_code, answer.json()['code']) == (401, 2), (method, address)
