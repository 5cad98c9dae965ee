from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.rbac_ext.permission import requires


class WxPaymentBillRun(models.Model):
    """A month of bills of one merchant account that is reconciled anew."""

    _name = 'wx.payment.bill.run'
    _description = 'Reconciliation of a Month'
    _order = 'id desc'
    _check_company_auto = True

    channel_id = fields.Many2one(
        'wx.payment.channel', required=True, check_company=True, index=True, ondelete='restrict'
    )
    company_id = fields.Many2one(related='channel_id.company_id', store=True, index=True)
    month = fields.Date(
        required=True,
        default=lambda self: self._default_month(),
        help='Any day of the month.',
    )
    refetch = fields.Boolean(
        string='Fetch the Bills Anew',
        help='Otherwise only those that are not here are fetched; all are matched again.',
    )
    started_at = fields.Datetime(readonly=True, copy=False)
    bill_ids = fields.Many2many('wx.payment.bill', string='Bills', readonly=True, copy=False)
    bill_count = fields.Integer(string='# Bills', compute='_compute_progress')
    done_count = fields.Integer(string='# Done', compute='_compute_progress')
    progress = fields.Float(compute='_compute_progress', help='0 to 100.')
    open_count = fields.Integer(string='# Open Differences', compute='_compute_open_count')

    @api.model
    def _default_month(self):
        return fields.Date.subtract(fields.Date.context_today(self).replace(day=1), months=1)

    # === COMPUTE METHODS === #

    @api.depends('bill_ids.next_try_at')
    def _compute_progress(self):
        for run in self:
            # What waits for an answer of the provider, or was given up, has its own try planned
            # or a person called: only the first counts as work.
            done = run.bill_ids.filtered(lambda bill: not bill.next_try_at)
            run.bill_count = len(run.bill_ids)
            run.done_count = len(done)
            run.progress = 100 * len(done) / len(run.bill_ids) if run.bill_ids else 0

    @api.depends('bill_ids.open_count')
    def _compute_open_count(self):
        for run in self:
            run.open_count = sum(run.bill_ids.mapped('open_count'))

    @api.depends('channel_id', 'month')
    def _compute_display_name(self):
        for run in self:
            month = run.month.strftime('%Y-%m') if run.month else ''
            run.display_name = f'{run.channel_id.name or ""} {month}'

    # === CONSTRAINT METHODS === #

    @api.constrains('channel_id')
    def _check_channel(self):
        for run in self:
            if not run.channel_id._provider()._bill_readers:
                raise ValidationError(self.env._('This kind of channel has no bills.'))

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._('What was run is kept.'))

    # === ACTION METHODS === #

    @requires('payment.bill.run')
    def action_start(self):
        """Plan the month's bills and have each worked on; the scheduled action does it."""
        self.ensure_one()
        self.check_access('write')
        bills = self.env['wx.payment.bill'].sudo()  # nobody writes bills by right
        first = self.month.replace(day=1)
        last = min(fields.Date.end_of(first, 'month'), bills._last_ready_day())
        if last < first:
            raise UserError(self.env._('The bills of this month are not ready yet.'))
        # All channels of one merchant account are reconciled by one of them.
        channel = self.channel_id.sudo()
        scope = channel._bill_scope() & bills.env['wx.payment.channel']._bill_channels()
        month = bills._plan(scope or channel, first, last)
        month._run_again(refetch=self.refetch)
        self.write(
            {'bill_ids': [fields.Command.set(month.ids)], 'started_at': fields.Datetime.now()}
        )

    def action_refresh(self):
        """Show how far it is now."""
        return {'type': 'ir.actions.client', 'tag': 'soft_reload'}
