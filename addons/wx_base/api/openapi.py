"""The OpenAPI 3.1 document, generated from the routes that are really served."""

import re

from pydantic.json_schema import models_json_schema

from .schema import ErrorEnvelope, Nothing, envelope_of

REF = '#/components/schemas/{model}'
PATH_ARGUMENT = re.compile(r'<(?:[^<>:]+:)?(\w+)>')

ERRORS = {
    '400': 'code 1: invalid or missing parameter; `data.fields` names them',
    '401': 'code 2: invalid or expired token; code 10: stale WeChat session, log in again',
    '403': 'code 3: forbidden',
    '404': "code 4: not found; also for somebody else's record",
    '409': 'code 5: conflict with the current state',
    '413': 'code 1: the body is too large',
    '429': 'code 6: too many requests; see the header Retry-After',
    '502': 'code 7: refused by the provider',
    '202': 'code 8: outcome unknown, ask again',
    '500': 'code 9: internal error',
}

NOT_MODIFIED = 'the client has this answer: it sent the ETag of the last one as If-None-Match'


def collect_specs(routing_map, prefix):
    """Return the specs of all routes below `prefix`, by path and method."""
    return {
        (spec.path, method): spec
        for rule in routing_map.iter_rules()
        if (spec := getattr(rule.endpoint, 'wx_spec', None))
        and spec.path.startswith(prefix)
        and '<path:' not in spec.path
        for method in spec.methods
    }


def build(specs, *, version, server_url):
    """Return the document as a dict.

    :param dict specs: what `collect_specs` returned
    """
    models = {ErrorEnvelope}
    envelopes = {}
    for spec in specs.values():
        envelopes.setdefault(spec.answer, envelope_of(spec.answer))
        models |= {spec.body, spec.query, envelopes[spec.answer]}
    refs, definitions = models_json_schema(
        [(model, 'validation') for model in sorted(models, key=lambda model: model.__name__)],
        ref_template=REF,
    )
    paths = {}
    for (path, method), spec in sorted(specs.items()):
        operation = _operation(spec, method, refs, envelopes[spec.answer])
        paths.setdefault(PATH_ARGUMENT.sub(r'{\1}', path), {})[method.lower()] = operation
    return {
        'openapi': '3.1.0',
        'info': {
            'title': 'Mini-program API',
            'version': version,
            'description': 'JSON both ways; one envelope for answers and errors.',
        },
        'servers': [{'url': server_url}],
        'paths': paths,
        'components': {
            'schemas': definitions['$defs'],
            'securitySchemes': {
                'customer': {'type': 'http', 'scheme': 'bearer', 'bearerFormat': 'JWT'}
            },
        },
    }


def _operation(spec, method, refs, envelope):
    error = {'application/json': {'schema': refs[ErrorEnvelope, 'validation']}}
    operation = {
        'summary': spec.summary,
        'operationId': _operation_id(method, spec.path),
        'parameters': _parameters(spec),
        'responses': {
            '200': {
                'description': 'ok',
                'content': {'application/json': {'schema': refs[envelope, 'validation']}},
            },
            **({'304': {'description': NOT_MODIFIED}} if spec.cacheable else {}),
            **{status: {'description': text, 'content': error} for status, text in ERRORS.items()},
        },
        'security': [{'customer': []}] if spec.auth == 'customer' else [],
    }
    if spec.description:
        operation['description'] = spec.description
    if spec.body is not Nothing:
        operation['requestBody'] = {
            'required': True,
            'content': {'application/json': {'schema': refs[spec.body, 'validation']}},
        }
    return operation


def _operation_id(method, path):
    return re.sub(r'\W+', '_', f'{method.lower()}_{path.split("/v1/", 1)[-1]}').strip('_')


def _parameters(spec):
    parameters = [
        {'name': name, 'in': 'path', 'required': True, 'schema': {'type': 'string'}}
        for name in PATH_ARGUMENT.findall(spec.path)
    ]
    schema = spec.query.model_json_schema()
    for name, definition in schema.get('properties', {}).items():
        parameters.append(
            {
                'name': name,
                'in': 'query',
                'required': name in schema.get('required', ()),
                'schema': definition,
            }
        )
    if spec.idempotent:
        parameters.append(
            {
                'name': 'Idempotency-Key',
                'in': 'header',
                'required': True,
                'schema': {'type': 'string', 'minLength': 8, 'maxLength': 64},
            }
        )
    return parameters
