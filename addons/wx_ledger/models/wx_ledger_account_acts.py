from odoo import models
from odoo.exceptions import UserError

from odoo.addons.rbac_ext.permission import requires

from ..values import Transfer

REFERENCE_CHARS = 64


class WxLedgerAccount(models.Model):
    """What people do with accounts. They have no right to write them: each act is guarded."""

    _inherit = 'wx.ledger.account'

    # Balances move while a request for approval waits; these must not.
    _rbac_fingerprint_fields = ('asset_id', 'kind', 'state', 'overdraft_limit')

    # === ACTION METHODS === #

    @requires('ledger.account.manage')
    def action_freeze(self, note):
        """Let nothing more be posted to the accounts until they are open again.

        :param str note: why
        """
        self.sudo()._set_state('frozen', note)

    @requires('ledger.account.manage')
    def action_unfreeze(self):
        """Open frozen accounts again."""
        self.sudo()._set_state('open')

    @requires('ledger.account.manage')
    def action_close(self):
        """Close empty accounts for good."""
        self.sudo()._set_state('closed')

    @requires('ledger.account.limit', amount='limit')
    def action_set_limit(self, limit):
        """Decide how far the account may go below zero.

        :param int limit: in the smallest unit, not negative
        """
        self.ensure_one()
        self.sudo().overdraft_limit = limit

    @requires('ledger.adjust', amount='amount')
    def action_adjust(self, amount, reason_code, note, reference, evidence=None):
        """Book a manual adjustment against the asset's adjustment account.

        :param int amount: in the smallest unit; negative takes away
        :param str reason_code: code of a reason
        :param str note: why, in words
        :param str reference: the same adjustment is booked once, however often it is asked for
        :param evidence: attachments that the requester may read, or none
        :return: id of the posting
        :rtype: int
        """
        return self._adjust(amount, reason_code, note, reference, evidence)

    @requires('ledger.adjust.free', amount='amount')
    def action_adjust_free(self, amount, reason_code, note, reference, evidence=None):
        """Book a manual adjustment whose reason needs no approval; see `action_adjust`.

        :raise UserError: the reason needs approval
        """
        if self._manual_reason(reason_code).needs_approval:
            raise UserError(self.env._('This reason needs the consent of a second person.'))
        return self._adjust(amount, reason_code, note, reference, evidence)

    # === BUSINESS METHODS === #

    def _adjust(self, amount, reason_code, note, reference, evidence):
        self.ensure_one()
        self.check_access('read')
        self._check_adjustment(amount, note, reference)
        self._manual_reason(reason_code)
        counter = self.sudo()._of_purpose(self.asset_id, 'adjustment')
        source, target = (counter, self) if amount > 0 else (self, counter)
        posted = self.env['wx.ledger'].post(
            [Transfer(source.id, target.id, abs(amount), reason_code)],
            key=f'adjust:{self.id}:{reference}',
            note=note.strip(),
        )
        if evidence and posted.is_new:
            self._keep_evidence(posted.posting_id, evidence)
        return posted.posting_id

    def _manual_reason(self, code):
        """Return the reason of that code, if people may adjust accounts with it."""
        reason = self.env['wx.ledger.reason'].search([('code', '=', code), ('manual', '=', True)])
        if not reason:
            raise UserError(self.env._('This reason is not for adjustments.'))
        return reason

    def _check_adjustment(self, amount, note, reference):
        """Refuse what the client should not have sent: the method is open to RPC."""
        if isinstance(amount, bool) or not isinstance(amount, int) or not amount:
            raise UserError(self.env._('Tell an amount, as a whole number of smallest units.'))
        if not isinstance(note, str) or not note.strip():
            raise UserError(self.env._('Tell in words why the account is adjusted.'))
        if not isinstance(reference, str) or not 0 < len(reference) <= REFERENCE_CHARS:
            raise UserError(self.env._('An adjustment needs a reference of its own.'))

    def _keep_evidence(self, posting_id, evidence):
        """Attach copies to the posting, where they stay for good.

        People may not attach files to postings, hence sudo, after the check that they may read
        what they hand in.
        """
        evidence.check_access('read')
        for attachment_sudo in evidence.sudo():
            attachment_sudo.copy({'res_model': 'wx.ledger.posting', 'res_id': posting_id})
