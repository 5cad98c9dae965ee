"""What the SQL functions answer instead of booking → what is raised for it."""

from types import MappingProxyType

from odoo.tools import LazyTranslate

from .exceptions import (
    AssetMismatch,
    DuplicateKey,
    FrozenAccount,
    HoldClosed,
    InsufficientFunds,
    InvalidPosting,
    NotReversible,
)

_lt = LazyTranslate(__name__)

# status → (error, name of the subject in its details, text)
REFUSALS = MappingProxyType(
    {
        'unknown_account': (
            InvalidPosting,
            'account_id',
            _lt('An account does not exist in this company.'),
        ),
        'unknown_reason': (InvalidPosting, 'line', _lt('A reason does not exist or is archived.')),
        'wrong_reason': (
            InvalidPosting,
            'line',
            _lt('The reason may not join accounts of these kinds.'),
        ),
        'out_of_range': (InvalidPosting, 'account_id', _lt('A balance would leave 64 bits.')),
        'no_holds': (InvalidPosting, 'account_id', _lt('Only accounts with a limit have holds.')),
        'unknown_hold': (InvalidPosting, 'hold_id', _lt('The hold does not exist.')),
        'exceeds_hold': (InvalidPosting, 'hold_id', _lt('That is more than is held.')),
        'asset_mismatch': (
            AssetMismatch,
            'line',
            _lt('The two accounts do not hold the same asset.'),
        ),
        'insufficient_funds': (
            InsufficientFunds,
            'account_id',
            _lt('The account does not have that much available.'),
        ),
        'frozen_account': (FrozenAccount, 'account_id', _lt('The account is frozen or closed.')),
        'duplicate_key': (
            DuplicateKey,
            'first',
            _lt('This key was used before, for something else.'),
        ),
        'hold_closed': (HoldClosed, 'hold_id', _lt('The hold is not open any more.')),
        'not_reversible': (
            NotReversible,
            'transfer_id',
            _lt('The transfer cannot be reversed by that much.'),
        ),
    }
)
