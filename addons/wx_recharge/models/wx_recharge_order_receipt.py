from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.wx_base.exceptions import Conflict
from odoo.addons.wx_base.tools.transaction import lock_rows

from ..const.refunds import CONFIRMED_BY, SWEEP_BATCH


class WxRechargeOrder(models.Model):
    """The customer says that it has arrived, or time does.

    A moment and no state of its own: what may still happen to a delivered order, such as the
    supplier taking it back, may happen to a confirmed one as well.
    """

    _inherit = 'wx.recharge.order'

    confirmed_at = fields.Datetime(
        string='Receipt Confirmed', readonly=True, copy=False, help='Empty until then.'
    )
    confirmed_by = fields.Selection(
        list(CONFIRMED_BY),
        readonly=True,
        copy=False,
        help='The customer, or time: nothing was heard for the days of the settings.',
    )

    _unconfirmed_idx = models.Index(
        "(company_id, delivered_at, id) WHERE state = 'delivered' AND confirmed_at IS NULL"
    )

    # === BUSINESS METHODS === #

    def _confirm_receipt(self):
        """Note that the customer has it; an open request for a refund is withdrawn by that.

        Runs as sudo. Repeating it changes nothing.

        :raise Conflict: it is not delivered
        """
        self.ensure_one()
        lock_rows(self)
        if self.state != 'delivered':
            raise Conflict(self.env._('The order is not delivered.'))
        if self.confirmed_at:
            return
        self.write({'confirmed_at': fields.Datetime.now(), 'confirmed_by': 'customer'})
        requests = self.refund_request_ids.filtered(lambda request: request.state == 'open')
        requests._close('withdrawn')

    # === CRON METHODS === #

    @api.model
    def _cron_confirm_receipts(self):
        """Confirm what nobody has complained of for the days of each company, in batches."""
        for company in self.env['res.company'].search([('wx_recharge_confirm_days', '>', 0)]):
            if not self._confirm_old(company):
                return

    @api.model
    def _confirm_old(self, company):
        """Confirm a company's deliveries that are old enough; False when the time is over."""
        before = fields.Datetime.now() - timedelta(days=company.wx_recharge_confirm_days)
        domain = [
            ('company_id', '=', company.id),
            ('state', '=', 'delivered'),
            ('confirmed_at', '=', False),
            ('delivered_at', '<=', before),
            ('refund_request_ids', 'not any', [('state', '=', 'open')]),
        ]
        while True:
            found = self.search(domain, order='delivered_at, id', limit=SWEEP_BATCH)
            # Rows that somebody else is at come again with the next run.
            free = found.try_lock_for_update(allow_referencing=True)
            free.write({'confirmed_at': fields.Datetime.now(), 'confirmed_by': 'time'})
            if not self.env['ir.cron']._commit_progress(len(free)):
                return False
            if not free:
                return True
