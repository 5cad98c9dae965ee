import time

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.exceptions import Conflict
from odoo.addons.wx_base.tools.transaction import commit_intent, lock_rows

from ..const import imports


class WxRechargeImport(models.Model):
    """A supplier's catalogue, fetched and compared with what is here.

    A row of work in steps, each safe to repeat: fetch into lines (`queued`), compare (`fetched`),
    wait for people (`review`), apply what they chose (`applying`). A process that dies loses the
    step it was at, of applying only the last batch.
    """

    _name = 'wx.recharge.import'
    _description = 'Import of a Catalogue'
    _inherit = [
        'wx.recharge.review.mixin',
        'wx.payment.state.mixin',
        'wx.job.mixin',
        'mail.thread',
        'mail.activity.mixin',
    ]
    _order = 'id desc'
    _rec_names_search = ['supplier_id']

    _state_moves = imports.IMPORT_MOVES
    _todo_permission = 'recharge.import.apply'
    _proposal_model = 'wx.recharge.import.difference'
    _proposal_field = 'import_id'
    _job_cron = 'wx_recharge.ir_cron_run_imports'
    _job_max_tries = imports.IMPORT_TRIES
    # One takes as long as the lease: a second one would run out of it before it began.
    _job_batch = 1

    supplier_id = fields.Many2one(
        'wx.recharge.supplier', required=True, readonly=True, index=True, ondelete='cascade'
    )
    company_id = fields.Many2one(related='supplier_id.company_id', store=True, index=True)
    state = fields.Selection(
        list(imports.IMPORT_STATES), required=True, readonly=True, default='queued'
    )
    fetched_at = fields.Datetime(string='Fetched', readonly=True)
    note = fields.Text(readonly=True)
    left_out = fields.Json(readonly=True, help='Why products have no package → how many.')

    # How far it is
    expected_count = fields.Integer(
        string='# Expected', readonly=True, help='Products of the supplier that are here.'
    )
    fetched_count = fields.Integer(string='# Fetched', readonly=True)
    unreadable_count = fields.Integer(
        string='# Left Out', readonly=True, help='Without a name, or told twice.'
    )
    progress = fields.Float(compute='_compute_progress', help='Of the present step, 0 to 100.')

    # What came of it
    difference_ids = fields.One2many(
        'wx.recharge.import.difference', 'import_id', string='Differences', readonly=True
    )
    difference_count = fields.Integer(string='# Differences', compute='_compute_counts')
    new_count = fields.Integer(string='# New', compute='_compute_counts')
    price_count = fields.Integer(string='# Cost Changed', compute='_compute_counts')
    other_count = fields.Integer(string='# Otherwise Changed', compute='_compute_counts')
    gone_count = fields.Integer(string='# Gone', compute='_compute_counts')

    _running_uniq = models.UniqueIndex(
        "(supplier_id) WHERE state IN ('queued', 'fetched', 'applying')",
        'The catalogue of this supplier is being imported already.',
    )

    # === COMPUTE METHODS === #

    @api.depends('state', 'expected_count', 'fetched_count', 'apply_count', 'applied_count')
    def _compute_progress(self):
        for run in self:
            run.progress = run._share_done()

    def _share_done(self):
        if self.state == 'queued':
            # How many there are is known at the end: of more than expected it is nearly all.
            return min(99, 100 * self.fetched_count / (self.expected_count or 10**6))
        if self.state == 'applying':
            return 100 * self.applied_count / (self.apply_count or 1)
        return 100 if self.state in ('review', 'done') else 0

    @api.depends('difference_ids.state')
    def _compute_counts(self):
        groups = self.env['wx.recharge.import.difference']._read_group(
            [('import_id', 'in', self.ids)], ['import_id', 'kind'], ['__count']
        )
        for run in self:
            own = [group for group in groups if group[0] == run]
            run.difference_count = sum(count for *_key, count in own)
            for name, _label in imports.DIFFERENCE_KINDS:
                of_kind = (count for _run, kind, count in own if kind == name)
                run[f'{name}_count'] = sum(of_kind)

    @api.depends('supplier_id', 'create_date')
    def _compute_display_name(self):
        for run in self:
            at = fields.Datetime.context_timestamp(run, run.create_date or fields.Datetime.now())
            run.display_name = f'{run.supplier_id.name} {at:%Y-%m-%d %H:%M}'

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._('Imports are kept.'))

    # === ACTION METHODS === #

    @requires('recharge.import.run')
    def action_job_retry(self):
        """Have imports that were given up go on."""
        self.check_access('read')
        for run_sudo in self.sudo().sorted('id'):  # nobody writes imports by right
            lock_rows(run_sudo)
            if run_sudo.state == 'failed':
                run_sudo._move_running('applying' if run_sudo._count('queued') else 'queued')
            if run_sudo.state in imports.IMPORT_RUNNING:
                run_sudo.try_count = 0
                run_sudo._job_queue()

    @requires('recharge.import.run')
    def action_cancel(self):
        """Give up imports that are not compared yet."""
        self.check_access('read')
        for run_sudo in lock_rows(self.sudo()):  # nobody writes imports by right
            if run_sudo._move('cancelled', note=False):
                run_sudo._job_done()
                run_sudo._drop_lines()

    @requires('recharge.import.apply')
    def action_apply_all(self):
        """Have all open differences applied that have no problem."""
        self.ensure_one()
        return self._open_differences()._decide('queued')

    @requires('recharge.import.apply')
    def action_ignore_all(self):
        """Leave everything that is open as it is here."""
        self.ensure_one()
        return self._open_differences()._decide('ignored')

    def action_open_differences(self):
        self.ensure_one()
        kind = self.env.context.get('difference_kind')
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'wx.recharge.import.difference',
            'view_mode': 'list,form,pivot',
            'domain': [('import_id', '=', self.id)],
            'context': {f'search_default_{kind}': 1} if kind else {},
            'name': self.env._('Differences'),
        }

    # === BUSINESS METHODS - STARTING === #

    @api.model
    def _start(self, supplier):
        """Begin to import a supplier's catalogue.

        :raise Conflict: it is being imported already
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO wx_recharge_import
                          (supplier_id, company_id, state, expected_count,
                           create_uid, create_date, write_uid, write_date)
                   SELECT %(supplier)s, %(company)s, 'queued', count(*),
                          %(user)s, %(now)s, %(user)s, %(now)s
                     FROM wx_recharge_supplier_product
                    WHERE supplier_id = %(supplier)s AND active AND range_id IS NULL
                   ON CONFLICT (supplier_id) WHERE state IN ('queued', 'fetched', 'applying')
                   DO NOTHING
                   RETURNING id""",
                supplier=supplier.id,
                company=supplier.company_id.id or None,
                user=self.env.uid,
                now=fields.Datetime.now(),
            )
        )
        if not rows:
            raise Conflict(self._describe_running())
        run = self.browse(rows[0])
        run._job_queue()
        return run

    def _move_running(self, state, **values):
        """Move to a state of which a supplier has one import at a time.

        The caller holds the row's lock.

        :raise Conflict: another one is running
        """
        self.ensure_one()
        if state not in self._state_moves[self.state]:
            return
        self.flush_recordset()
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(
                    SQL('UPDATE wx_recharge_import SET state = %s WHERE id = %s', state, self.id),
                    log_exceptions=False,  # losing against another one is expected
                )
        except psycopg2.errors.UniqueViolation:
            raise Conflict(self._describe_running()) from None
        self.invalidate_recordset(['state'])
        self.write(values)

    def _describe_running(self):
        return self.env._('The catalogue of this supplier is being imported already.')

    # === BUSINESS METHODS - RUNNING === #

    def _job_run(self):
        """Do the next steps until there is one for a person, or the time is over."""
        self.ensure_one()
        until = time.monotonic() + imports.SLICE_SECONDS
        step = self._next_step()
        while step and step():
            commit_intent(self.env)
            self._keep_lease()
            step = self._next_step()
            if step and time.monotonic() > until:
                self.try_count = 0
                self._job_queue()
                return

    def _next_step(self):
        return {
            'queued': self._run_fetch,
            'fetched': self._run_compare,
            'applying': self._run_apply,
        }.get(self.state)

    def _keep_lease(self):
        """Tell that somebody is still at it."""
        lease = fields.Datetime.add(fields.Datetime.now(), seconds=imports.LEASE_SECONDS)
        self.write({'next_try_at': lease, 'lease_until': lease})

    def _job_bury(self, error):
        """Override of `wx.job.mixin` to make room for another import, and call a person."""
        buried = super()._job_bury(error)
        self._move('failed', note=error)
        self._raise_todo(
            self.env._('A catalogue cannot be imported'),
            self.env._('%(run)s: %(error)s', run=self.display_name, error=error),
        )
        return buried

    def _begin_applying(self, **values):
        """Override of `wx.recharge.review.mixin`: a supplier has one import at a time."""
        self._move_running('applying', **values)
        return self.state == 'applying'

    def _close_if_decided(self):
        """Override of `wx.recharge.review.mixin` to delete what was fetched."""
        decided = super()._close_if_decided()
        if decided:
            self._drop_lines()
        return decided

    def _describe_todo(self):
        return self.env._('Differences in a catalogue')

    def _open_differences(self):
        return self.env['wx.recharge.import.difference'].search(
            [('import_id', '=', self.id), ('state', '=', 'open'), ('problem', '=', False)]
        )
