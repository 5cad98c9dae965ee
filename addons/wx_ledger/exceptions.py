"""Refusals of the ledger. Each changes nothing and leaves the transaction usable."""

from odoo.exceptions import UserError


class LedgerError(UserError):
    """Base of all refusals; `details` names what was refused, in plain values."""

    def __init__(self, message, **details):
        super().__init__(message)
        self.details = details


class InvalidPosting(LedgerError):
    """The call itself is wrong: amount, accounts, reason, direction."""


class InsufficientFunds(LedgerError):
    """A serial account would fall below its limit."""


class FrozenAccount(LedgerError):
    """An account is frozen or closed."""


class AssetMismatch(LedgerError):
    """The two accounts of a transfer do not hold the same asset."""


class DuplicateKey(LedgerError):
    """The key is known with other content; `details['first']` is the id of the first result."""


class HoldClosed(LedgerError):
    """The hold was captured, released or has expired; `details['state']` tells which."""


class NotReversible(LedgerError):
    """Reversals would exceed the original, or the transfer is a reversal itself."""
