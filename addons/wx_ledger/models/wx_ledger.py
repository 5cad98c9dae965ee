import hashlib
import json

from odoo import api, models

from .. import const
from ..exceptions import InvalidPosting
from ..refusals import REFUSALS
from ..values import Balance, Posted
from .wx_ledger_statement import balances_at

# What changes by SQL, behind the ORM's back. All else is new rows.
CHANGED_BY_SQL = {
    'wx.ledger.account': ('balance', 'held', 'version', 'current_balance', 'available'),
    'wx.ledger.transfer': ('reversal_ids', 'reversed_amount'),
    'wx.ledger.hold': ('captured', 'released', 'remaining', 'state', 'closed_at', 'event_ids'),
    'wx.ledger.lot': ('remaining', 'move_ids'),
}


class WxLedger(models.AbstractModel):
    """Posting, reversal and balances. For Python only: whoever calls answers for the rights."""

    _inherit = 'wx.ledger'

    # === POSTING === #

    @api.private
    def post(self, transfers, *, key, document=None, event_at=None, note=None):
        """Book transfers in the caller's transaction, all or none.

        Call it once in a transaction, with everything there is to book: locks are held to its end.

        :param transfers: iterable of `Transfer`, 1 to `const.MAX_TRANSFERS`, all of one company
        :param str key: idempotency key, unique in the company; derived from the event, never
            random: a known key with the same content returns the first result
        :param document: the business record that causes it
        :param datetime event_at: when it happened (UTC), now by default
        :param str note: for people; no part of the content, as it may be in their language
        :rtype: Posted
        :raise InvalidPosting: amount, account or reason is wrong
        :raise InsufficientFunds: a serial account would fall below its limit
        :raise FrozenAccount: an account is frozen or closed
        :raise AssetMismatch: the accounts of a transfer hold different assets
        :raise DuplicateKey: the key is known with other content
        """
        return self._post(transfers, key=key, document=document, event_at=event_at, note=note)

    def _post(self, transfers, *, key, document=None, event_at=None, note=None, rate=None):
        """Book transfers; `rate` is the record of the rate at which they convert."""
        transfers = tuple(transfers)
        self._check_key(key)
        self._check_lines(transfers)
        for transfer in transfers:
            self._check_amount(transfer.amount)
            if transfer.source == transfer.target:
                raise InvalidPosting(
                    self.env._('An account cannot pay itself.'), account_id=transfer.source
                )
        model, res_id = _of_document(document)
        lines = [
            (t.source, t.target, t.amount, t.reason, t.expires_at and t.expires_at.isoformat())
            for t in transfers
        ]
        sources, targets, amounts, reasons, _expires = map(list, zip(*lines, strict=True))
        expires = [t.expires_at for t in transfers]
        digest = _digest('post', lines, model, res_id, event_at and event_at.isoformat())
        answer = self._call(
            'SELECT wx_ledger_post(%s, %s, %s, %s, %s, %s, %s, %s, %s::int[], %s::int[],'
            ' %s::bigint[], %s::text[], %s::timestamp[])',
            (
                *(self.env.uid, key, digest, event_at, model, res_id, note),
                *(rate and rate.id, sources, targets, amounts, reasons),
                expires if any(expires) else None,
            ),
        )
        return _posted(answer)

    @api.private
    def reverse(self, reversals, *, key, document=None, note=None):
        """Book counter-movements to earlier transfers.

        :param reversals: iterable of `Reversal`, each of another transfer
        :rtype: Posted
        :raise NotReversible: together they would exceed the original, or it is a reversal itself
        :raise LedgerError: as for `post`
        """
        reversals = tuple(reversals)
        self._check_key(key)
        self._check_lines(reversals)
        for reversal in reversals:
            if reversal.amount is not None:
                self._check_amount(reversal.amount)
        transfers = [reversal.transfer_id for reversal in reversals]
        if len(set(transfers)) < len(transfers):
            raise InvalidPosting(self.env._('A transfer is named twice.'))
        model, res_id = _of_document(document)
        lines = [(r.transfer_id, r.amount, r.reason) for r in reversals]
        answer = self._call(
            'SELECT wx_ledger_reverse(%s, %s, %s, %s, %s, %s, %s::bigint[], %s::bigint[],'
            ' %s::text[])',
            (
                *(self.env.uid, key, _digest('reverse', lines, model, res_id)),
                *(model, res_id, note, transfers, [r.amount for r in reversals]),
                [r.reason or const.REASON_REVERSAL for r in reversals],
            ),
        )
        return _posted(answer)

    # === BALANCES === #

    @api.private
    def balance(self, account_ids, at=None):
        """Return the state of accounts now, or before a moment.

        :param account_ids: ids of accounts
        :param datetime at: UTC; what was booked at this very moment is not in it
        :rtype: dict[int, Balance]
        """
        if at is not None:
            return balances_at(self.env, account_ids, at)
        self.env.flush_all()
        self.env.cr.execute('SELECT * FROM wx_ledger_balances(%s)', (list(account_ids),))
        return {row[0]: _balance(*row) for row in self.env.cr.fetchall()}

    # === CALLING === #

    def _call(self, query, params):
        """Run a function of the ledger on what the ORM holds and return its answer.

        :raise LedgerError: the ledger refuses; nothing was changed
        """
        self.env.flush_all()
        # A conflict with another transaction is expected: Odoo starts the request over.
        self.env.cr.execute(query, params, log_exceptions=False)
        answer = self.env.cr.fetchone()[0]
        if answer['status'] not in ('posted', 'known'):
            self._refuse(answer)
        self._forget()
        return answer

    def _forget(self):
        """Drop what the ORM has read of fields that the ledger's functions change.

        Field by field: `invalidate_model` would look for inverses each time.
        """
        for model, names in CHANGED_BY_SQL.items():
            fields = self.env.registry[model]._fields
            for name in names:
                fields[name]._invalidate_cache(self.env)

    def _refuse(self, answer):
        """Raise the error of a refusal, with the text of `REFUSALS` in the user's language."""
        error, field, text = REFUSALS[answer['status']]
        subject = answer.get('subject', answer.get('hold'))
        details = {field: subject}
        if 'state' in answer:
            details['state'] = answer['state']
        raise error(str(text), **details)

    # === CHECKS === #

    def _check_key(self, key):
        if not isinstance(key, str) or not 0 < len(key) <= const.MAX_KEY_CHARS:
            raise InvalidPosting(
                self.env._('A key has 1 to %(count)s characters.', count=const.MAX_KEY_CHARS),
                key=key,
            )

    def _check_lines(self, lines):
        if not 0 < len(lines) <= const.MAX_TRANSFERS:
            raise InvalidPosting(
                self.env._('A posting has 1 to %(count)s transfers.', count=const.MAX_TRANSFERS),
                count=len(lines),
            )

    def _check_amount(self, amount):
        if type(amount) is not int or not 0 < amount <= const.MAX_INT8:
            raise InvalidPosting(
                self.env._('An amount is a whole number above zero, of 64 bits.'), amount=amount
            )


def _digest(*content):
    """Return the SHA-256 of what an idempotency key stands for."""
    text = json.dumps(content, ensure_ascii=False, separators=(',', ':'))
    return hashlib.sha256(text.encode()).digest()


def _of_document(document):
    return (document._name, document.id) if document else (None, None)


def _balance(account_id, asset_id, balance, held, overdraft_limit, version):
    available = None if overdraft_limit is None else balance - held + overdraft_limit
    return Balance(account_id, asset_id, balance, held, available, version)


def _posted(answer):
    transfers = tuple(answer['transfers'])
    return Posted(
        posting_id=answer['posting'],
        transfers=transfers,
        entries=tuple(2 * transfer + side for transfer in transfers for side in (0, 1)),
        balances={row[0]: _balance(*row) for row in answer['balances'] or ()},
        is_new=answer['status'] == 'posted',
    )
