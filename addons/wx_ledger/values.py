"""What callers hand to the ledger and get back. Amounts are integers in smallest units."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Transfer:
    """A movement of `amount` from `source` to `target`, ids of accounts of one asset.

    :param reason: code of a `wx.ledger.reason`, six digits
    :param expires_at: when what is credited expires (UTC); only for expiring assets. Without it
        the asset's own period counts
    """

    source: int
    target: int
    amount: int
    reason: str
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reversal:
    """A counter-movement to transfer `transfer_id`, of `amount` or of all that is left of it."""

    transfer_id: int
    amount: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Portion:
    """What a capture sends to one account; no `amount` takes all that is left of the hold."""

    target: int
    amount: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """State of an account. `available` = balance - held + overdraft limit.

    An expired hold counts as held until it is really released. A deferred account has no limit
    and no version.
    """

    account_id: int
    asset_id: int
    balance: int
    held: int
    available: int | None
    version: int | None


@dataclass(frozen=True, slots=True)
class Posted:
    """Answer to a posting.

    :param entries: ids of the entries, ordered by transfer, the debit first
    :param balances: of the serial accounts it touched, after it, by account id
    :param is_new: whether this call has booked it; False: the key was known
    """

    posting_id: int
    transfers: tuple[int, ...]
    entries: tuple[int, ...]
    balances: dict[int, Balance]
    is_new: bool


@dataclass(frozen=True, slots=True)
class Held:
    """Answer to a hold and to what ends it."""

    hold_id: int
    state: str
    amount: int
    captured: int
    released: int
    posted: Posted | None
    is_new: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """What a proof has found.

    :param check: key of `const_proof.PROOF_CHECKS`
    :param problem: key of `const_proof.PROOF_PROBLEMS`
    :param subject: key of `const_proof.PROOF_SUBJECTS`, what `subject_id` is the id of
    :param account_id: the account concerned, if it is one
    """

    check: str
    problem: str
    subject: str
    subject_id: int
    account_id: int | None
    expected: str | None
    found: str | None
