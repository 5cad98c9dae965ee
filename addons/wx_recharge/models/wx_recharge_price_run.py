import time

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.tools.transaction import commit_intent, lock_rows

from ..const import imports


class WxRechargePriceRun(models.Model):
    """Prices computed anew after rules, rates or costs have changed.

    A row of work: it goes through the packages batch by batch (`computing`, `last_package_id`
    tells how far it is), waits for people (`review`) and applies what they chose. Rules that
    apply by themselves wait for nobody.
    """

    _name = 'wx.recharge.price.run'
    _description = 'Computation of Prices'
    _inherit = [
        'wx.recharge.review.mixin',
        'wx.payment.state.mixin',
        'wx.job.mixin',
        'mail.thread',
        'mail.activity.mixin',
    ]
    _order = 'id desc'

    _state_moves = imports.PRICE_MOVES
    _todo_permission = 'recharge.price.apply'
    _proposal_model = 'wx.recharge.price.change'
    _proposal_field = 'run_id'
    _job_cron = 'wx_recharge.ir_cron_run_prices'
    _job_max_tries = imports.IMPORT_TRIES
    _job_batch = 1

    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    state = fields.Selection(
        list(imports.PRICE_STATES), required=True, readonly=True, default='queued'
    )
    note = fields.Text(readonly=True)
    last_package_id = fields.Integer(
        readonly=True, aggregator=None, help='Those after it are to come.'
    )
    package_count = fields.Integer(string='# Packages', readonly=True)
    computed_count = fields.Integer(string='# Computed', readonly=True)
    progress = fields.Float(compute='_compute_progress', help='Of the present step, 0 to 100.')
    change_ids = fields.One2many('wx.recharge.price.change', 'run_id', readonly=True)
    change_count = fields.Integer(string='# Changes', compute='_compute_change_count')

    _queued_uniq = models.UniqueIndex(
        "(company_id) WHERE state = 'queued'", 'Prices are going to be computed already.'
    )

    # === COMPUTE METHODS === #

    @api.depends('state', 'package_count', 'computed_count', 'apply_count', 'applied_count')
    def _compute_progress(self):
        for run in self:
            if run.state == 'computing':
                run.progress = min(99, 100 * run.computed_count / (run.package_count or 1))
            elif run.state == 'applying':
                run.progress = 100 * run.applied_count / (run.apply_count or 1)
            else:
                run.progress = 100 if run.state in ('review', 'done') else 0

    def _compute_change_count(self):
        groups = self.env['wx.recharge.price.change']._read_group(
            [('run_id', 'in', self.ids)], ['run_id'], ['__count']
        )
        counts = dict(groups)
        for run in self:
            run.change_count = counts.get(run, 0)

    @api.depends('company_id', 'create_date')
    def _compute_display_name(self):
        for run in self:
            at = fields.Datetime.context_timestamp(run, run.create_date or fields.Datetime.now())
            run.display_name = f'{run.company_id.name} {at:%Y-%m-%d %H:%M}'

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._('Computations of prices are kept.'))

    # === ACTION METHODS === #

    @requires('recharge.price.apply')
    def action_job_retry(self):
        """Have computations that were given up go on."""
        self.check_access('read')
        for run_sudo in lock_rows(self.sudo()):  # nobody writes them by right
            if run_sudo.state == 'failed':
                run_sudo._move('applying' if run_sudo._count('queued') else 'computing')
            if run_sudo.state in ('queued', 'computing', 'applying'):
                run_sudo.try_count = 0
                run_sudo._job_queue()

    @requires('recharge.price.apply')
    def action_apply_all(self):
        """Have all open price changes applied."""
        self.ensure_one()
        return self._open_changes()._decide('queued')

    @requires('recharge.price.apply')
    def action_ignore_all(self):
        """Leave all prices as they are."""
        self.ensure_one()
        return self._open_changes()._decide('ignored')

    @api.model
    @requires('recharge.price.apply')
    def action_compute(self):
        """Have the prices of the present companies computed, and show how far it is."""
        runs_sudo = self.sudo()._plan(self.env.companies)  # nobody writes them by right
        if not runs_sudo:
            raise UserError(self.env._('There is no price rule yet.'))
        return {
            'type': 'ir.actions.act_window',
            'res_model': self._name,
            'res_id': runs_sudo[0].id,
            'view_mode': 'form',
            'views': [(False, 'form')],
            'name': self.env._('Computation of Prices'),
        }

    def action_open_changes(self):
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'wx.recharge.price.change',
            'view_mode': 'list,form,pivot',
            'domain': [('run_id', '=', self.id)],
            'name': self.env._('Price Changes'),
        }

    # === BUSINESS METHODS === #

    @api.model
    def _plan(self, companies):
        """Have prices computed that rules name; runs that have not begun see everything too.

        :param companies: empty for all
        :return: the runs that will do it
        """
        companies = companies or self.env['res.company'].sudo().search([])
        rules = self.env['wx.recharge.price.rule']
        wanted = companies.filtered(lambda company: rules._in_order(company.id))
        if not wanted:
            return self.browse()
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """INSERT INTO wx_recharge_price_run
                          (company_id, state, next_try_at, create_uid, create_date,
                           write_uid, write_date)
                   SELECT c.id, 'queued', %(now)s, %(user)s, %(now)s, %(user)s, %(now)s
                     FROM unnest(%(companies)s) c(id) ORDER BY c.id
                   ON CONFLICT (company_id) WHERE state = 'queued' DO NOTHING""",
                companies=wanted.ids,
                user=self.env.uid,
                now=fields.Datetime.now(),
            ),
            log_exceptions=False,  # losing against another transaction is expected
        )
        self.env['ir.cron']._wake(self._job_cron)
        return self.search([('company_id', 'in', wanted.ids), ('state', '=', 'queued')])

    def _job_run(self):
        """Do the next batches until there is a step for a person, or the time is over."""
        self.ensure_one()
        until = time.monotonic() + imports.SLICE_SECONDS
        while self._run_step():
            if time.monotonic() > until:
                self.try_count = 0
                self._job_queue()
                return
            commit_intent(self.env)
            self._keep_lease()

    def _run_step(self):
        """Do one batch and tell whether there is another one to do."""
        lock_rows(self)
        if self.state == 'queued':
            return self._begin()
        if self.state == 'computing':
            return self._compute_batch()
        return self.state == 'applying' and self._apply_batch()

    def _keep_lease(self):
        """Tell that somebody is still at it."""
        lease = fields.Datetime.add(fields.Datetime.now(), seconds=imports.LEASE_SECONDS)
        self.write({'next_try_at': lease, 'lease_until': lease})

    def _job_bury(self, error):
        """Override of `wx.job.mixin` to call a person."""
        buried = super()._job_bury(error)
        self._move('failed', note=error)
        self._raise_todo(self.env._('Prices cannot be computed'), error)
        return buried

    def _describe_todo(self):
        return self.env._('Price changes to look at')

    def _open_changes(self):
        return self.env['wx.recharge.price.change'].search(
            [('run_id', '=', self.id), ('state', '=', 'open')]
        )
