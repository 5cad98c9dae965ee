from odoo import api, models

from ..exceptions import InvalidPosting
from ..values import Held
from .wx_ledger import _digest, _of_document, _posted


class WxLedger(models.AbstractModel):
    """Holds: what waits on a serial account for its use."""

    _inherit = 'wx.ledger'

    @api.private
    def hold(self, account_id, amount, *, key, reason, expires_at=None, document=None):
        """Keep an amount of a serial account from any other use.

        An expired hold counts as held until it is really released.

        :param str reason: code of the reason that its capture has by default
        :param datetime expires_at: when it is released by itself (UTC)
        :rtype: Held
        :raise InsufficientFunds: so much is not available
        :raise LedgerError: as for `post`
        """
        self._check_key(key)
        self._check_amount(amount)
        model, res_id = _of_document(document)
        digest = _digest(
            *('hold', account_id, amount, reason),
            *(expires_at and expires_at.isoformat(), model, res_id),
        )
        answer = self._call(
            'SELECT wx_ledger_hold_open(%s, %s, %s, %s, %s, %s, %s, %s, %s)',
            (
                *(self.env.uid, key, digest, account_id, amount, reason),
                *(expires_at, model, res_id),
            ),
        )
        return _held(answer)

    @api.private
    def capture(self, hold_id, portions, *, key, keep_open=False, document=None):
        """Send what is held to one or more accounts; the rest is released.

        :param portions: iterable of `Portion`; one of them may leave its amount open
        :param bool keep_open: keep the rest held instead of releasing it
        :rtype: Held
        :raise HoldClosed: it was captured, released or has expired before
        :raise LedgerError: as for `post`; lack of funds is none of them
        """
        portions = tuple(portions)
        self._check_key(key)
        self._check_lines(portions)
        for portion in portions:
            if portion.amount is not None:
                self._check_amount(portion.amount)
        if sum(portion.amount is None for portion in portions) > 1:
            raise InvalidPosting(self.env._('Only one portion may take what is left.'))
        model, res_id = _of_document(document)
        lines = [(p.target, p.amount, p.reason) for p in portions]
        targets, amounts, reasons = map(list, zip(*lines, strict=True))
        answer = self._call(
            'SELECT wx_ledger_capture(%s, %s, %s, %s, %s::int[], %s::bigint[], %s::text[], %s,'
            ' %s, %s)',
            (
                *(self.env.uid, key, _digest('capture', hold_id, lines, keep_open, model, res_id)),
                *(hold_id, targets, amounts, reasons, keep_open, model, res_id),
            ),
        )
        return _held(answer)

    @api.private
    def release(self, hold_id, amount=None, *, key=None):
        """Give back what is held, or a part of it.

        :param str key: idempotency key of a partial release, unique for the hold
        :rtype: Held
        :raise HoldClosed: it was captured, released or has expired before
        """
        if key is not None:
            self._check_key(key)
        if amount is not None:
            self._check_amount(amount)
        answer = self._call(
            'SELECT wx_ledger_release(%s, %s, %s, %s)', (self.env.uid, key, hold_id, amount)
        )
        return _held(answer)


def _held(answer):
    return Held(
        hold_id=answer['hold'],
        state=answer['state'],
        amount=answer['amount'],
        captured=answer['captured'],
        released=answer['released'],
        posted=_posted(answer) if 'posting' in answer else None,
        is_new=answer['status'] == 'posted',
    )
