"""The kinds of suppliers, with the accounts the sandbox knows."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Kind:
    """A supplier as staff enter it, and what is bought from it.

    :ivar str account: name of the account at the sandbox
    """

    name: str
    account: str
    country: str
    prefix: str
    sku: str
    cost: float
    currency: str
    values: dict[str, Any] = field(default_factory=dict)


KINDS = (
    Kind(
        'reloadly',
        'reloadly',
        'TH',
        '+66811',
        '101:3.00',
        3.0,
        'USD',
        {
            'adapter': 'reloadly',
            'client_id': 'sandbox-client',
            'client_secret': 'sandbox-secret',
            'webhook_secret': 'whsec_test',
        },
    ),
    Kind(
        'dtone',
        'dtone',
        'TH',
        '+66812',
        '1001',
        3.1,
        'USD',
        {'adapter': 'dtone', 'client_id': 'dtone_key', 'client_secret': 'dtone_secret'},
    ),
    Kind(
        'ding',
        'ding',
        'TH',
        '+66813',
        'TH_AIS_1001',
        3.19,
        'USD',
        {'adapter': 'ding', 'client_secret': 'ding_api_key', 'ding_deferred': True},
    ),
    Kind(
        'ding-held',
        'ding',
        'TH',
        '+66814',
        'TH_AIS_1001',
        3.19,
        'USD',
        {'adapter': 'ding', 'client_secret': 'ding_api_key'},
    ),
    Kind(
        'yrapi',
        'yrapi',
        'CN',
        '+86138',
        '7004',
        49.25,
        'CNY',
        {
            'adapter': 'china',
            'china_preset': 'yrapi',
            'client_id': '10001',
            'client_secret': 'yrapi_key',
        },
    ),
    Kind(
        'juhe',
        'juhe',
        'CN',
        '+86139',
        '50',
        49.25,
        'CNY',
        {
            'adapter': 'china',
            'china_preset': 'juhe',
            'client_id': 'JHopenid',
            'client_secret': 'juhe_key',
        },
    ),
)
