"""DT One's answers as its manual shows them. Source: spec/topup_suppliers.md §2."""

from topup.dtone import Config, DtOne
from topup.normalized import OrderRequest
from topup_fakes import OUR_REF, FakeSend, reply

CONFIG = Config(key='key-1', secret='secret-1', base='https://dvs.example/v1')
CLASS_IDS = {
    'CREATED': 1,
    'CONFIRMED': 2,
    'REJECTED': 3,
    'CANCELLED': 4,
    'SUBMITTED': 5,
    'COMPLETED': 7,
    'REVERSED': 8,
    'DECLINED': 9,
}


def make_client(*answers, config=CONFIG):
    """Return a DT One client and the transport behind it."""
    send = FakeSend(*answers)
    return DtOne(send, config), send


def make_order(**values):
    base = {'our_ref': OUR_REF, 'sku': '4001', 'e164': '+66812345678', 'country': 'TH'}
    return OrderRequest(**{**base, **values})


def make_status(message):
    name = message.partition('-')[0]
    number = CLASS_IDS[name]
    return {
        'id': number * 10000,
        'message': message,
        'class': {'id': number, 'message': name},
    }


def make_transaction(message='COMPLETED', **values):
    """Return a transaction; a test spoils one part."""
    return {
        'id': 778899,
        'external_id': OUR_REF,
        'creation_date': '2026-01-01T10:00:00.000000Z',
        'confirmation_date': '2026-01-01T10:00:01.000000Z',
        'status': make_status(message),
        'operator_reference': 'OP-9',
        'pin': None,
        'product': {'id': 4001, 'name': 'AIS 100 THB', 'type': 'FIXED_VALUE_RECHARGE'},
        'prices': {
            'wholesale': {'unit_type': 'CURRENCY', 'unit': 'USD', 'amount': 2.85, 'fee': 0.05},
            'retail': None,
        },
        'requested_values': {
            'source': {'unit_type': 'CURRENCY', 'unit': 'USD', 'amount': 3},
            'destination': {'unit_type': 'CURRENCY', 'unit': 'THB', 'amount': 100},
        },
        'adjusted_values': None,
        **values,
    }


def make_product(**values):
    """Return a fixed airtime product."""
    return {
        'id': 4001,
        'name': 'AIS 100 THB',
        'description': '100 THB of credit',
        'tags': ['AIRTIME'],
        'service': {'id': 1, 'name': 'Mobile', 'subservice': {'id': 11, 'name': 'Airtime'}},
        'operator': {
            'id': 301,
            'name': 'AIS',
            'country': {'name': 'Thailand', 'iso_code': 'THA', 'regions': None},
            'regions': None,
        },
        'regions': None,
        'type': 'FIXED_VALUE_RECHARGE',
        'validity': {'unit': 'DAY', 'quantity': 30},
        'source': {'unit_type': 'CURRENCY', 'unit': 'USD', 'amount': 3},
        'destination': {'unit_type': 'CURRENCY', 'unit': 'THB', 'amount': 100},
        'prices': {
            'wholesale': {'unit_type': 'CURRENCY', 'unit': 'USD', 'amount': 2.85, 'fee': 0.05},
            'retail': None,
        },
        'rates': {'base': 33.3, 'wholesale': 35.0, 'retail': None},
        'benefits': [
            {
                'type': 'CREDITS',
                'unit_type': 'CURRENCY',
                'unit': 'THB',
                'amount': {
                    'base': 100,
                    'promotion_bonus': 0,
                    'total_excluding_tax': 93,
                    'total_including_tax': 100,
                },
                'additional_information': None,
            }
        ],
        'required_credit_party_identifier_fields': [['mobile_number']],
        'required_debit_party_identifier_fields': None,
        'required_sender_fields': None,
        'required_beneficiary_fields': None,
        'required_statement_identifier_fields': None,
        'required_additional_identifier_fields': None,
        'promotions': None,
        **values,
    }


def make_ranged(**values):
    """Return a ranged airtime product."""
    return make_product(
        id=4002,
        type='RANGED_VALUE_RECHARGE',
        source={'unit_type': 'CURRENCY', 'unit': 'USD', 'amount': {'min': 1, 'max': 30}},
        destination={
            'unit_type': 'CURRENCY',
            'unit': 'THB',
            'amount': {'min': 35, 'max': 1050, 'increment': 5},
        },
        prices={
            'wholesale': {
                'unit_type': 'CURRENCY',
                'unit': 'USD',
                'amount': {'min': 1, 'max': 30},
                'fee': 0.1,
            },
            'retail': None,
        },
        accepted_calculation_modes=['SOURCE_AMOUNT', 'DESTINATION_AMOUNT'],
        **values,
    )


def error_reply(status, *codes, headers=None):
    errors = [{'code': int(code), 'message': f'refused: {code}'} for code in codes]
    return reply({'errors': errors}, status, headers)
