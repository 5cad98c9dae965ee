"""What one China style supplier is like: paths, fields, signature, states, reply.

Nothing here has a standard, so nothing has a default that could be wrong: a state or a code that
is not listed is unknown. Source: spec/topup_suppliers.md §4.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from .normalized import ErrorClass, State
from .products import Kind, Processing

PLACEHOLDER = re.compile(r'\{(\w+)\}')
SKU_CODE = re.compile(r'[A-Za-z0-9_.\-]{1,64}')
# What the templates of parameters may name.
PLACEHOLDERS = frozenset(
    {'user', 'key', 'ref', 'supplier_ref', 'phone', 'sku', 'amount', 'callback_url', 'timestamp'}
)
# What a call's answer, or a callback, may tell, by our names.
FIELDS = frozenset(
    {
        'our_ref',
        'supplier_ref',
        'operator_ref',
        'state',
        'cost',
        'delivered',
        'pin',
        'serial',
        'note',
        'occurred_at',
        'balance',
        'sku',
        'name',
        'kind',
        'speed',
        'face',
        'operator',
    }
)


@dataclass(frozen=True, slots=True)
class Sign:
    """How a signature is made: MD5 of `text`, in hex.

    `{params}` in `text` is all parameters by name, as `form` says: `pairs` (k=v joined by &) or
    `values` (values only). In the form `template`, `{name}` is the value of the parameter.
    Values are never URL-encoded. `{user}` and `{key}` are ours. Lists count as the word `array`.
    """

    form: str
    text: str
    field: str = 'sign'
    upper: bool = False
    skip_empty: bool = False
    array: str = 'Array'


@dataclass(frozen=True, slots=True)
class Call:
    """One question: where it goes, what it says, and where the answer says what.

    `params` are templates by wire name; one that comes out empty is left out. `fields` are paths
    into the answer's data by our name: dots go down, `|` parts alternatives.
    """

    path: str
    params: Mapping[str, str]
    fields: Mapping[str, str]
    method: str = 'POST'
    body: str = 'form'
    server: str = 'main'
    sign: Sign | None = None
    nested: str = ''


@dataclass(frozen=True, slots=True)
class Answers:
    """Where an answer says how it went, and what proves that nothing was executed.

    `classes` are by code, `texts` by words within the text. `not_found` are codes, or words.
    """

    code: str
    ok: frozenset[str]
    text: str
    data: str
    classes: Mapping[str, ErrorClass]
    texts: Mapping[str, ErrorClass]
    not_found: frozenset[str]


@dataclass(frozen=True, slots=True)
class Callback:
    """A supplier's callback: its signature, its fields, and the text it wants to hear."""

    fields: Mapping[str, str]
    sign: Sign | None
    reply: str
    body: str = 'form'

    @property
    def covers_state(self) -> bool:
        """Tell whether the signature covers the state; juhe's does not (§6 trap 12)."""
        if self.sign is None:
            return False
        return self.sign.form != 'template' or f'{{{self.fields["state"]}}}' in self.sign.text


@dataclass(frozen=True, slots=True)
class StaticProduct:
    """A product of a supplier that publishes no list."""

    sku: str
    name: str
    kind: Kind
    face: Decimal
    cost: Decimal | None = None
    operator: str = ''
    processing: Processing = Processing.INSTANT


@dataclass(frozen=True, slots=True)
class Dialect:
    """Everything about one China style supplier but the account.

    `form` and `charset` are those of the answers; the charset also of forms and signatures.
    `submit` has a call for each route: a sku is `route:code`, or `code` alone for the route ''.
    """

    submit: Mapping[str, Call]
    query: tuple[Call, ...]
    answers: Answers
    states: Mapping[str, State]
    balance: Call | None = None
    catalogue: Call | None = None
    quote: Call | None = None
    lookup: Call | None = None
    callback: Callback | None = None
    products: tuple[StaticProduct, ...] = ()
    kinds: Mapping[str, Kind] = field(default_factory=lambda: MappingProxyType({}))
    speeds: Mapping[str, Processing] = field(default_factory=lambda: MappingProxyType({}))
    operators: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    unit: str = 'yuan'
    form: str = 'json'
    charset: str = 'utf-8'
    phone: str = 'cn11'
    country: str = 'CN'
    currency: str = 'CNY'
    max_process_s: int = 72 * 3600
    per_number_gap_s: int = 0
    query_window_days: int | None = None
    throttle_wait_s: int = 30
