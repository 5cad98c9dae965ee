"""Ding's answers as its manual shows them. Source: spec/topup_suppliers.md §3."""

from topup.ding import Config, Ding
from topup.normalized import OrderRequest
from topup_fakes import OUR_REF, FakeSend, reply

CONFIG = Config(api_key='key-1', base='https://ding.example/api/V1')
PRICE = {
    'SendValue': 3.0,
    'SendCurrencyIso': 'USD',
    'ReceiveValue': 100.0,
    'ReceiveCurrencyIso': 'THB',
    'CustomerFee': 0,
    'DistributorFee': 0.2,
}


def make_client(*answers, config=CONFIG):
    """Return a Ding client and the transport behind it."""
    send = FakeSend(*answers)
    return Ding(send, config), send


def make_order(**values):
    base = {'our_ref': OUR_REF, 'sku': 'AISTH100', 'e164': '+66812345678', 'country': 'TH'}
    return OrderRequest(**{**base, **values})


def make_record(state='Complete', **values):
    """Return a transfer record; a test spoils one part."""
    return {
        'TransferId': {'TransferRef': 'T-77', 'DistributorRef': OUR_REF},
        'SkuCode': 'AISTH100',
        'Price': PRICE,
        'CommissionApplied': 0.3,
        'StartedUtc': '2026-01-01T10:00:00Z',
        'CompletedUtc': '2026-01-01T10:00:05Z',
        'ProcessingState': state,
        'ReceiptText': None,
        'ReceiptParams': {'providerRef': 'OP-9'},
        'AccountNumber': '66812345678',
        **values,
    }


def errors(*codes):
    """Return error entries of texts like `Code/Context`."""
    pairs = [code.partition('/') for code in codes]
    return [{'Code': code, 'Context': context or None} for code, _slash, context in pairs]


def answer(status=200, result=1, codes=(), headers=None, **values):
    """Return an envelope."""
    return reply({'ResultCode': result, 'ErrorCodes': errors(*codes), **values}, status, headers)


def sent(record, status=200, result=1, codes=()):
    """Return the answer of SendTransfer."""
    return answer(status, result, codes, TransferRecord=record)


def refusal(*codes, status=200, record=None, result=5, headers=None):
    return answer(status, result, codes, headers, TransferRecord=record)


def records(*rows, codes=()):
    """Return the answer of ListTransferRecords."""
    items = [{'TransferRecord': row, 'ResultCode': 1, 'ErrorCodes': errors(*codes)} for row in rows]
    return answer(Items=items, ThereAreMoreItems=False)


def make_provider(**values):
    return {
        'ProviderCode': 'AISTH',
        'CountryIso': 'TH',
        'Name': 'AIS Thailand',
        'ValidationRegex': r'^66(?<n>[0-9]{9})$',
        'LogoUrl': 'https://cdn.example/aisth.png',
        **values,
    }


def make_product(**values):
    """Return a fixed airtime product."""
    return {
        'ProviderCode': 'AISTH',
        'SkuCode': 'AISTH100',
        'LocalizationKey': 'AISTH100-key',
        'SettingDefinitions': [],
        'Minimum': PRICE,
        'Maximum': PRICE,
        'CommissionRate': 10,
        'ProcessingMode': 'Instant',
        'RedemptionMechanism': 'Immediate',
        'Benefits': ['Mobile', 'Minutes'],
        'ValidityPeriodIso': 'P30D',
        'DefaultDisplayText': 'THB 100',
        'RegionCode': 'TH',
        'LookupBillsRequired': False,
        **values,
    }


def make_ranged(**values):
    high = {**PRICE, 'SendValue': 30.0, 'ReceiveValue': 1000.0}
    return make_product(SkuCode='AISTHR', Maximum=high, **values)
