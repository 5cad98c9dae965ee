from odoo import fields, models

from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.exceptions import Conflict, InvalidInput
from odoo.addons.wx_base.tools.transaction import lock_rows


class WxPaymentRefund(models.Model):
    """Refunds that do not reach the customer, and what a person does about them."""

    _inherit = 'wx.payment.refund'

    # Consent is to one card, or to one piece of evidence.
    _rbac_fingerprint_fields = ('state', 'card_target', 'card_hint')

    settled_by_id = fields.Many2one('res.users', readonly=True, copy=False, ondelete='restrict')
    settled_note = fields.Text(string='Settled How', readonly=True, copy=False)
    evidence_ids = fields.One2many(
        'ir.attachment',
        'res_id',
        domain=[('res_model', '=', 'wx.payment.refund')],
        readonly=True,
    )

    # Of the repair desk
    _open_idx = models.Index("(id) WHERE state NOT IN ('done', 'closed')")

    # === ACTION METHODS === #

    @requires('payment.refund.settle')
    def action_settle(self, note, attachment_ids):
        """Note with evidence that the customer has the money of an abnormal refund.

        :param str note: how it was given
        :param list attachment_ids: ids of `ir.attachment` that show it, at least one
        :return: True; the gate returns the action on a request where a second person decides
        :raise InvalidInput: no words or no evidence
        :raise Conflict: the refund is not abnormal
        """
        self.ensure_one()
        self.check_access('read')
        if not isinstance(note, str) or not note.strip():
            raise InvalidInput(self.env._('Say how the customer got the money.'))
        evidence = self.env['ir.attachment'].browse(attachment_ids).exists()
        if not evidence:
            raise InvalidInput(self.env._('Add what shows that the customer has the money.'))
        evidence.check_access('read')
        refund = self.sudo()  # no person writes refunds
        refund._lock_abnormal()
        # A copy that belongs to the refund: whoever sees it sees the evidence, nobody changes it.
        evidence.sudo().copy({'res_model': self._name, 'res_id': self.id})
        refund._move(
            'done',
            success_time=fields.Datetime.now(),
            settled_by_id=self.env.uid,
            settled_note=note.strip(),
            next_try_at=False,
            lease_until=False,
            last_error=False,
            dead=False,
        )
        refund.order_id._book_refund(refund, 'done')
        refund.order_id._settle_refund(refund, succeeded=True)
        return True

    # === BUSINESS METHODS === #

    def _lock_abnormal(self):
        """Lock the order and read the refund anew.

        :raise Conflict: it is not abnormal (any more)
        """
        lock_rows(self.order_id)
        self.invalidate_recordset()
        if self.state != 'abnormal':
            raise Conflict(self.env._('Only an abnormal refund is settled by hand.'))
