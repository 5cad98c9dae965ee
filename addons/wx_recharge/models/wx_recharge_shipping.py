from datetime import UTC, timedelta

from odoo import api, fields, models

from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.lib.wxwire import messages
from odoo.addons.wx_base.lib.wxwire.errors import Refused, WireError

from ..const.shipping import (
    SHIPPING_ACTIVITY,
    SHIPPING_BATCH,
    SHIPPING_DONE_CODES,
    SHIPPING_FIRST_DELAY_SECONDS,
    SHIPPING_NO_STATE_CODE,
    SHIPPING_RETRY_CODES,
    SHIPPING_STATES,
)
from ..utils import SHOP_ZONE


class WxRechargeShipping(models.Model):
    """Outbox of the shipping information WeChat demands, also for virtual goods.

    Without it the money of some categories stays frozen.
    Source: spec/wechat_miniprogram.md §9.
    """

    _name = 'wx.recharge.shipping'
    _description = 'Shipping Information'
    _inherit = ['wx.job.mixin']
    _order = 'id desc'
    _rec_name = 'order_id'

    _job_cron = 'wx_recharge.ir_cron_upload_shipping'
    _job_gaps = (10, 30, 60, 300, 600, 1800, 3600, 10800)
    _job_max_tries = 20

    order_id = fields.Many2one(
        'wx.recharge.order', required=True, readonly=True, ondelete='restrict'
    )
    company_id = fields.Many2one(related='order_id.company_id', store=True, index=True)
    wx_user_id = fields.Many2one(related='order_id.wx_user_id')
    transaction_id = fields.Char(readonly=True, help="WeChat Pay's number of the payment.")
    openid = fields.Char(string='OpenID', readonly=True)
    state = fields.Selection(list(SHIPPING_STATES), required=True, readonly=True, default='pending')
    uploaded_at = fields.Datetime(readonly=True)
    alarm = fields.Boolean(
        readonly=True, help='Failed, or not uploaded within the hours of the settings.'
    )

    _order_uniq = models.Constraint('UNIQUE(order_id)', 'An order is shipped once.')
    _alarm_idx = models.Index('(id) WHERE alarm')
    _pending_idx = models.Index("(company_id, create_date, id) WHERE state = 'pending'")

    # === ACTION METHODS === #

    @requires('recharge.shipping.retry')
    def action_job_retry(self):
        """Have the uploads tried again now; failed ones show as pending again."""
        self._job_restart()
        self.sudo().filtered(lambda row: row.state == 'failed').state = 'pending'

    # === BUSINESS METHODS === #

    @api.model
    def _queue_for(self, order):
        """Write the upload to be made, in the transaction of the delivery.

        WeChat knows a payment only some seconds after it, so the first try waits. An order
        that was not paid in the mini-program has nothing to upload.
        """
        attempts = order.payment_order_id.sudo().attempt_ids
        attempt = attempts.filtered(
            lambda attempt: (
                attempt.state == 'paid'
                and attempt.scene == 'miniprogram'
                and attempt.transaction_id
            )
        )[:1]
        if not attempt:
            return self.browse()
        shipping = self.create(
            {
                'order_id': order.id,
                'transaction_id': attempt.transaction_id,
                'openid': attempt.openid,
            }
        )
        shipping._job_queue(SHIPPING_FIRST_DELAY_SECONDS)
        return shipping

    def _prepare_payload(self):
        """Return the body of the call; times have milliseconds and a colon in the offset."""
        uploaded = fields.Datetime.now().replace(tzinfo=UTC).astimezone(SHOP_ZONE)
        return messages.virtual_shipping_payload(
            self.transaction_id,
            self.openid,
            self.order_id.package_name,
            uploaded.isoformat(timespec='milliseconds'),
        )

    def _job_run(self):
        """Upload; repeating it after a time-out does no harm (10060002, 10060023)."""
        try:
            self.wx_user_id.app_id._call(messages.SHIPPING_PATH, self._prepare_payload())
        except Refused as error:
            if error.code in SHIPPING_DONE_CODES:
                self._set_done()
            elif error.code in SHIPPING_RETRY_CODES:
                self._job_retry(str(error))
            elif error.code == SHIPPING_NO_STATE_CODE and self._has_refunds():
                self.state = 'needless'
                self._drop_alarm()
            else:
                self._job_bury(str(error))
        except WireError as error:
            self._job_retry(str(error))
        else:
            self._set_done()

    def _has_refunds(self):
        """Tell whether money of the payment went back: WeChat takes no shipping then."""
        return bool(self.order_id.payment_order_id.sudo().refund_ids)

    def _set_done(self):
        self.write({'state': 'done', 'uploaded_at': fields.Datetime.now()})
        self._drop_alarm()
        self._job_done()

    def _job_bury(self, error):
        """Override of `wx_base` to show the upload as failed and call a person."""
        result = super()._job_bury(error)
        self.state = 'failed'
        self._raise_alarm(self.env._('Shipping information not uploaded: %(error)s', error=error))
        return result

    def _drop_alarm(self):
        if self.alarm:
            self.alarm = False
            self.order_id.activity_unlink([SHIPPING_ACTIVITY])

    def _raise_alarm(self, text):
        """Call a person, once until the upload is done."""
        if not self.alarm:
            self.alarm = True
            self.order_id._alert(text, 'recharge.shipping.retry', SHIPPING_ACTIVITY)

    # === CRON METHODS === #

    @api.model
    def _cron_raise_alarms(self):
        """Call a person about deliveries that WeChat has not been told of for too long."""
        self = self.with_context(lang=self.env.company.partner_id.lang)
        for company in self.env['res.company'].search([]):
            hours = company.wx_recharge_shipping_hours
            domain = [
                ('company_id', '=', company.id),
                ('state', '=', 'pending'),
                ('alarm', '=', False),
                ('create_date', '<', fields.Datetime.now() - timedelta(hours=hours)),
            ]
            text = self.env._(
                'WeChat has not been told of the delivery for %(hours)s h', hours=hours
            )
            while late := self.search(domain, order='create_date, id', limit=SHIPPING_BATCH):
                for shipping in late:
                    shipping._raise_alarm(text)
                if not self.env['ir.cron']._commit_progress(len(late)):
                    return
