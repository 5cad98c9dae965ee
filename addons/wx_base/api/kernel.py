"""`api_route`: token → service user → rate limit → pydantic in → handler → pydantic out."""

import functools
import json
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel, ValidationError

from odoo import http
from odoo.http import request

from ..exceptions import ApiError, InvalidInput, NotFound
from . import caching, rate_limit
from .schema import Nothing

MAX_BODY_BYTES = 64 * 1024


@dataclass(frozen=True)
class RouteSpec:
    """What a route declares about itself; the OpenAPI document is made from it."""

    path: str
    methods: tuple[str, ...]
    auth: str
    query: type[BaseModel] | None
    body: type[BaseModel] | None
    answer: type[BaseModel]
    idempotent: bool
    rate: str
    summary: str
    description: str = ''
    cacheable: bool = False


@dataclass
class Call:
    """One request on its way through a handler.

    `env` runs as the service user with `wx_user_id` in its context.
    """

    env: Any
    query: Any
    body: Any
    client_ip: str
    request_id: str
    answer: type[BaseModel] = Nothing
    etag: str = ''
    _memo: dict = field(default_factory=dict)

    @property
    def wx_user(self):
        """The customer, empty on a route for anyone."""
        return self.env['wx.user'].browse(self.env.context.get('wx_user_id') or [])

    def unless_known(self, *parts):
        """Go on unless the client has the answer that is made of `parts` in its language.

        On a route that is `cacheable`.

        :param parts: see `caching.stamp`
        :raise NotModified: it has
        """
        self.etag = caching.stamp(self.answer, self.env.lang, *parts)
        if caching.known(self.etag):
            raise caching.NotModified

    def once(self, function, *args):
        """Call `function` once, even if the database makes the request start over.

        For calls to the outside that must not be made twice, such as the exchange of a
        login code. Its `ApiError` is remembered as well.
        """
        if function.__name__ not in self._memo:
            try:
                self._memo[function.__name__] = (function(*args), None)
            except ApiError as error:
                self._memo[function.__name__] = (None, error)
        result, error = self._memo[function.__name__]
        if error:
            raise error
        return result


def api_route(
    path,
    *,
    methods,
    answer=Nothing,
    auth='customer',
    query=Nothing,
    body=Nothing,
    readonly=False,
    idempotent=False,
    rate='120/minute',
    cacheable=False,
):
    """Declare a route of the JSON API.

    The handler is called as `handler(self, call, **path_arguments)` and returns an instance
    of `answer` or what validates as one.

    :param str auth: `customer` (bearer token) or `anyone`
    :param type query: pydantic model of the query string; None: it is not looked at
    :param type body: pydantic model of the JSON body; None: it is not looked at
    :param bool idempotent: demand an `Idempotency-Key`: the same key with the same body gets
        the first answer, with another body a conflict
    :param str rate: requests a client may make, e.g. `60/minute`
    :param bool cacheable: the handler stamps its answer by `call.unless_known`
    """

    def decorate(handler):
        summary, _, description = (handler.__doc__ or '').strip().partition('\n')
        spec = RouteSpec(
            path=path,
            methods=tuple(methods),
            auth=auth,
            query=query,
            body=body,
            answer=answer,
            idempotent=idempotent,
            rate=rate,
            summary=summary,
            description=' '.join(description.split()),
            cacheable=cacheable,
        )

        route = http.route(
            path,
            type='wxapi',
            auth=f'wx_{auth}',
            methods=list(methods),
            csrf=False,
            save_session=False,
            readonly=readonly,
            max_content_length=MAX_BODY_BYTES,
        )
        return _endpoint(spec, route, handler)

    return decorate


def extend_route(inherited, *, answer):
    """Declare a handler that takes the place of an inherited one and answers more.

    :param inherited: endpoint of the parent class, made by `api_route`
    :param type answer: pydantic model that extends the inherited answer
    """
    spec = replace(inherited.wx_spec, answer=answer)
    return functools.partial(_endpoint, spec, http.route())


def _endpoint(spec, route, handler):
    @route
    @functools.wraps(handler)
    def endpoint(self, **path_arguments):
        return _serve(spec, functools.partial(handler, self), path_arguments)

    endpoint.wx_spec = spec
    return endpoint


def _serve(spec, handler, path_arguments):
    env = request.env
    client = env.context.get('wx_user_id') or request.httprequest.remote_addr
    rate_limit.check(env, spec.rate, spec.path, client)
    if _unstorable(path_arguments):
        raise NotFound(env._('There is no such record.'))
    call = Call(
        env=env,
        query=spec.query and _parse(env, spec.query, _query_values(env)),
        body=spec.body and _parse(env, spec.body, _json_body(env)),
        client_ip=request.httprequest.remote_addr or '',
        request_id=request.dispatcher.request_id,
        answer=spec.answer,
        _memo=request.dispatcher.__dict__.setdefault('memo', {}),
    )
    if spec.idempotent:
        return _serve_once(spec, handler, call, path_arguments)
    try:
        data = _dump(spec, handler(call, **path_arguments))
    except caching.NotModified:
        return request.make_response('', headers=caching.headers(call.etag), status=304)
    return _envelope(data, call.etag)


def _serve_once(spec, handler, call, path_arguments):
    """Serve a request whose repetition must have no second effect."""
    keys = call.env['wx.idempotency.key']
    claim, answer = keys._claim(
        call.wx_user,
        f'{request.httprequest.method} {request.httprequest.path}',
        request.httprequest.headers.get('Idempotency-Key', ''),
        request.httprequest.get_data(),
    )
    if answer:
        return _envelope(json.loads(answer))
    data = _dump(spec, handler(call, **path_arguments))
    claim._store(json.dumps(data))
    return _envelope(data)


def _dump(spec, result):
    return spec.answer.model_validate(result).model_dump(mode='json')


def _envelope(data, etag=''):
    request_id = request.dispatcher.request_id
    return request.make_json_response(
        {'code': 0, 'msg': 'ok', 'data': data, 'request_id': request_id},
        headers=caching.headers(etag) if etag else None,
    )


def _query_values(env):
    """Return the query string as a dict; a parameter given twice is refused."""
    values = {}
    for name, value in request.httprequest.args.items(multi=True):
        if name in values:
            raise InvalidInput(
                env._('A parameter was given twice.'), {name: env._('Give it once.')}
            )
        values[name] = value
    return values


def _json_body(env):
    if request.httprequest.method in ('GET', 'HEAD', 'DELETE'):
        return {}
    raw = request.httprequest.get_data()
    if not raw:
        return {}
    try:
        values = json.loads(raw)
    except (ValueError, RecursionError):
        raise InvalidInput(env._('The body is no valid JSON.')) from None
    if not isinstance(values, dict):
        raise InvalidInput(env._('The body must be a JSON object.'))
    return values


def _parse(env, model, values):
    """Validate `values`.

    :raise InvalidInput: names each wrong field and the reason
    """
    if names := _unstorable(values):
        raise _invalid(env, dict.fromkeys(names, env._('It must not contain the character NUL.')))
    try:
        return model.model_validate(values)
    except ValidationError as error:
        wrong = {'.'.join(map(str, item['loc'])) or 'body': item['msg'] for item in error.errors()}
        raise _invalid(env, wrong) from None


def _unstorable(values):
    """Return the names of values that hold, however deep, a text that PostgreSQL cannot store."""
    found, waiting = set(), list(values.items())
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, str) and '\x00' in value:
            found.add(name)
        elif isinstance(value, dict):
            waiting += [(name, inner) for inner in (*value, *value.values())]
        elif isinstance(value, list):
            waiting += [(name, inner) for inner in value]
    return found


def _invalid(env, wrong):
    names = ', '.join(sorted(wrong))
    return InvalidInput(env._('Invalid or missing parameter: %(names)s', names=names), wrong)
