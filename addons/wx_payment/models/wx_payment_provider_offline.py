from datetime import UTC, datetime

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.exceptions import Conflict, InvalidInput
from odoo.addons.wx_base.tools.transaction import lock_rows

from ..lib.paywire.offline import Client


class WxPaymentChannel(models.Model):
    _inherit = 'wx.payment.channel'

    kind = fields.Selection(selection_add=[('offline', 'Offline')], ondelete={'offline': 'cascade'})


class WxPaymentProviderOffline(models.AbstractModel):
    """Money that staff take in at a counter or by bank, and hand back in the same way."""

    _name = 'wx.payment.provider.offline'
    _description = 'Offline Payment'
    _inherit = ['wx.payment.provider']

    _scenes = frozenset({'counter'})

    def _client(self, channel):
        return Client(appid=self._appid(channel), mchid=channel.mchid or '')

    def _test(self, channel):
        return self.env._('There is nobody to ask: staff confirm these payments themselves.')


class WxPaymentAttempt(models.Model):
    _inherit = 'wx.payment.attempt'

    # Consent to a payment is worth nothing once it is booked or closed.
    _rbac_fingerprint_fields = ('state', 'amount_fen')

    @requires('payment.offline.confirm')
    def action_confirm_offline(self, note, attachment_ids):
        """Book a payment that staff took in; a second person has consented to it.

        Money for an order that was closed meanwhile is booked too, as money to be handed back.

        :param str note: how it was paid
        :param list attachment_ids: ids of the evidence, which the order has already
        :raise Conflict: paid already
        :raise InvalidInput: the note or the evidence is missing
        """
        self.ensure_one()
        self.check_access('read')
        if self.kind != 'offline':
            raise UserError(self.env._('Only the provider confirms this payment.'))
        evidence = self.order_id._find_evidence(note, attachment_ids)
        attempt_sudo = self.sudo()  # staff write no payments
        lock_rows(attempt_sudo.order_id)
        attempt_sudo.invalidate_recordset()
        if attempt_sudo.state in ('paid', 'suspense'):
            raise Conflict(self.env._('This payment is confirmed already.'))
        transaction = attempt_sudo.channel_id._client().paid(
            attempt_sudo.out_trade_no, attempt_sudo.amount_fen, datetime.now(UTC)
        )
        attempt_sudo._book_transaction(transaction)
        self.order_id._keep_evidence(
            self.env._('Payment %(number)s was taken in', number=self.out_trade_no), note, evidence
        )
        return True


class WxPaymentRefund(models.Model):
    _inherit = 'wx.payment.refund'

    _rbac_fingerprint_fields = ('state', 'amount_fen')

    kind = fields.Selection(related='channel_id.kind', string='Kind of Channel')

    @requires('payment.offline.refund')
    def action_confirm_offline(self, note, attachment_ids):
        """Book that staff handed the money back; a second person has consented to it.

        :param str note: how it was given back
        :param list attachment_ids: ids of the evidence, which the order has already
        :raise Conflict: at its end already
        :raise InvalidInput: the note or the evidence is missing
        """
        self.ensure_one()
        self.check_access('read')
        if self.kind != 'offline':
            raise UserError(self.env._('Only the provider confirms this refund.'))
        evidence = self.order_id._find_evidence(note, attachment_ids)
        refund_sudo = self.sudo()  # staff write no refunds
        lock_rows(refund_sudo.order_id)
        refund_sudo.invalidate_recordset()
        if not refund_sudo.is_open:
            raise Conflict(self.env._('This refund is confirmed already.'))
        answer = refund_sudo.channel_id._client().handed_back(
            refund_sudo._prepare_refund(), datetime.now(UTC)
        )
        refund_sudo._book_refund(answer)
        self.order_id._keep_evidence(
            self.env._('Refund %(number)s was handed back', number=self.out_refund_no),
            note,
            evidence,
        )
        refund_sudo._ask_to_hand_back(done=True)
        return True

    def _begin(self):
        """Override to tell people: no machine gives this money back."""
        begun = super()._begin()
        if self.kind == 'offline':
            self._ask_to_hand_back()
        return begun

    def _ask_to_hand_back(self, done=False):
        """Put a to-do before the people who hand money back, or take it away."""
        number = self.out_refund_no
        if done:
            # By the number: the words may be in another language.
            self.order_id.activity_ids.filtered(
                lambda todo: (todo.summary or '').endswith(f': {number}')
            ).unlink()
            return
        self.order_id._raise_todo(
            self.env._('Hand money back: %(number)s', number=number),
            self.env._(
                'Give %(amount)s fen back to the customer and confirm it with a receipt.',
                amount=self.amount_fen,
            ),
        )


class WxPaymentOrder(models.Model):
    _inherit = 'wx.payment.order'

    def _find_evidence(self, note, attachment_ids):
        """Return the attachments by which staff prove what a provider would sign.

        :raise InvalidInput: no note, no attachment, or one that is not the order's
        """
        if not isinstance(note, str) or not note.strip():
            raise InvalidInput(self.env._('Say how the money changed hands.'))
        evidence = self.env['ir.attachment'].sudo().browse(attachment_ids).exists()
        if not evidence or len(evidence) != len(set(attachment_ids)):
            raise InvalidInput(self.env._('Attach a receipt, a slip or a photo.'))
        if any((found.res_model, found.res_id) != (self._name, self.id) for found in evidence):
            raise InvalidInput(self.env._('The evidence must be attached to the order.'))
        return evidence

    def _keep_evidence(self, title, note, evidence):
        """Note in the thread of the order who confirmed what, by which evidence."""
        self.sudo().message_post(
            body=self.env._('%(title)s: %(note)s', title=title, note=note),
            attachment_ids=evidence.ids,
            author_id=self.env.user.partner_id.id,
        )
