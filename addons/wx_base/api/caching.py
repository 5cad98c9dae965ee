"""Answers that a client may keep: it asks again, and hears that nothing has changed.

An answer is stamped by what it is made of, before it is made. The stamp is the same in every
process; it does not say when something changed, so nothing has to be counted or stored.
"""

import functools
import hashlib
import json

from odoo.http import request

# Kept by the client that asked, and never used without asking.
CACHE_CONTROL = 'private, no-cache'
VARY = 'Accept-Language, Authorization, X-Platform'


class NotModified(Exception):
    """The client has the answer already."""


def stamp(answer, *parts):
    """Return the entity tag of an answer.

    :param type answer: pydantic model of the answer: another shape is another answer
    :param parts: what the answer is made of; values whose `repr` is the same everywhere, so
        no sets
    """
    text = repr((_shape(answer), parts))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def known(tag):
    """Tell whether the client of this request has the answer with that tag."""
    return request.httprequest.if_none_match.contains_weak(tag)


def headers(tag):
    return {'ETag': f'"{tag}"', 'Cache-Control': CACHE_CONTROL, 'Vary': VARY}


@functools.lru_cache(maxsize=64)
def _shape(answer):
    return json.dumps(answer.model_json_schema(), sort_keys=True)
