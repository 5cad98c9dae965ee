import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.exceptions import Conflict
from odoo.addons.wx_base.tools.transaction import lock_rows

from ..const import JOB_BATCH, JOB_STATES, JOB_TARGETS, JOB_TRANSITIONS

_logger = logging.getLogger(__name__)

# What somebody may say of a gift; all else is written by the machine.
OPEN_FIELDS = frozenset({'name', 'template_id', 'quantity', 'target', 'domain', 'user_ids'})


class WxCouponJob(models.Model):
    """A gift to many customers, served in the order of their ids, a batch at a time.

    A batch and its place in the order are written in one transaction, and each coupon has the
    job in its key: killed and started again, the job gives each customer exactly one share.
    """

    _name = 'wx.coupon.job'
    _description = 'Gift of Coupons'
    _inherit = ['wx.job.mixin', 'mail.thread']
    _order = 'id desc'

    _job_cron = 'wx_coupon.ir_cron_run_gifts'
    _job_calls_out = False
    _job_batch = 1
    _job_max_tries = 5

    name = fields.Char(required=True, help='For staff: why the coupons are given.')
    template_id = fields.Many2one(
        'wx.coupon.template', string='Coupon', required=True, index=True, ondelete='restrict'
    )
    company_id = fields.Many2one(related='template_id.company_id', store=True, index=True)
    quantity = fields.Integer(string='To Each', required=True, default=1)
    target = fields.Selection(list(JOB_TARGETS), string='To', required=True, default='list')
    domain = fields.Char(string='Conditions', default='[]', help='Which customers get it.')
    user_ids = fields.Many2many('wx.user', string='Customers')

    # Progress
    state = fields.Selection(
        list(JOB_STATES), required=True, readonly=True, copy=False, default='draft', tracking=True
    )
    started_uid = fields.Many2one(
        'res.users', string='Started By', readonly=True, copy=False, help='Whose rights decide.'
    )
    started_at = fields.Datetime(readonly=True, copy=False)
    finished_at = fields.Datetime(readonly=True, copy=False)
    total = fields.Integer(string='To Serve', readonly=True, copy=False)
    done = fields.Integer(string='Served', readonly=True, copy=False)
    last_user = fields.Integer(readonly=True, copy=False, aggregator=None)
    progress = fields.Float(compute='_compute_progress', help='Per cent of the customers served.')
    coupon_count = fields.Integer(
        string='Coupons',
        compute='_compute_coupon_count',
        groups='wx_coupon.perm_coupon_view_res_groups,wx_coupon.perm_coupon_gift_res_groups',
    )

    _quantity_check = models.Constraint(
        'CHECK (quantity BETWEEN 1 AND 100)', 'Give 1 to 100 coupons to each customer.'
    )

    # === COMPUTE METHODS === #

    @api.depends('total', 'done', 'state')
    def _compute_progress(self):
        for job in self:
            done = 100 if job.state == 'done' else 0
            job.progress = min(100, 100 * job.done / job.total) if job.total else done

    def _compute_coupon_count(self):
        # Whoever gives coupons may see how many, not whose.
        counts = dict(
            self.env['wx.coupon']
            .sudo()
            ._read_group([('job_id', 'in', self.ids)], ['job_id'], ['__count'])
        )
        for job in self:
            job.coupon_count = counts.get(job, 0)

    # === CONSTRAINT METHODS === #

    @api.constrains('domain', 'target')
    def _check_domain(self):
        for job in self.filtered(lambda job: job.target == 'domain'):
            try:
                job._parse_domain().validate(self.env['wx.user'])
            except (NameError, SyntaxError, TypeError, ValueError) as error:
                raise ValidationError(
                    self.env._('These conditions cannot be read: %(error)s', error=error)
                ) from error

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `odoo`: progress is the machine's."""
        self._check_open(set().union(*vals_list))
        return super().create(vals_list)

    def write(self, vals):
        """Override of `odoo`: what runs is not changed, progress is the machine's."""
        self._check_open(set(vals))
        if not self.env.su and any(job.state != 'draft' for job in self):
            raise UserError(self.env._('A gift is not changed after it was started.'))
        return super().write(vals)

    def _check_open(self, names):
        # Followers and messages of the thread are the mail's own.
        own = {name for name in names if name in self._fields and not name.startswith('message_')}
        if not self.env.su and (sealed := own - OPEN_FIELDS):
            raise AccessError(
                self.env._('%(names)s cannot be edited.', names=', '.join(sorted(sealed)))
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_started(self):
        if any(job.state != 'draft' for job in self):
            raise UserError(self.env._('A gift that was started is kept.'))

    # === ACTION METHODS === #

    @requires('coupon.gift')
    def action_start(self):
        """Begin, or go on after a stop."""
        self.check_access('write')
        for job_sudo in self.sudo():
            job_sudo._start(self.env.user)

    @requires('coupon.gift')
    def action_stop(self):
        """Give no more coupons until the gift goes on."""
        self.check_access('write')
        for job_sudo in self.sudo():
            if job_sudo._move('stopped'):
                job_sudo._job_done()

    def action_open_coupons(self):
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'wx.coupon',
            'view_mode': 'list,form',
            'domain': [('job_id', '=', self.id)],
            # After the domain: the export of terms takes strings in it for terms otherwise.
            'name': self.env._('Coupons'),
        }

    # === BUSINESS METHODS === #

    def _move(self, state, **values):
        """Move to `state` if the table allows it from the state the locked row is in."""
        self.ensure_one()
        lock_rows(self)
        if self.state == state or state not in JOB_TRANSITIONS[self.state]:
            _logger.info('gift %s does not go from %s to %s', self.id, self.state, state)
            return False
        self.write({'state': state, **values})
        return True

    def _start(self, user):
        """Queue the job.

        :raise Conflict: coupons of the template are not issued now
        """
        if not self.template_id._is_issuing():
            raise Conflict(self.env._('Coupons of this template are not issued now: open it.'))
        if not self._move('running', started_uid=user.id):
            return
        values = {'total': self._customers().search_count(self._customer_domain())}
        if not self.started_at:
            values['started_at'] = fields.Datetime.now()
        self.write({**values, 'try_count': 0, 'last_error': False})
        self._job_queue()

    def _customers(self):
        """Return the model of customers with the rights of whoever has started the job."""
        companies = self.company_id.ids
        return (
            self.env['wx.user']
            .with_user(self.started_uid)
            .with_context(allowed_company_ids=companies)
        )

    def _customer_domain(self):
        """Return who is to be served; blocked customers are passed over."""
        domain = Domain('state', '=', 'active') & Domain('company_id', '=', self.company_id.id)
        if self.target == 'list':
            domain &= Domain('id', 'in', self.user_ids.ids)
        elif self.target == 'domain':
            domain &= self._parse_domain()
        return domain

    def _parse_domain(self):
        return Domain(safe_eval(self.domain or '[]', {'uid': self.env.uid}))

    def _job_run(self):
        """Serve one batch of customers and come again for the next."""
        if self.state != 'running':
            return
        users = self._customers().search(
            self._customer_domain() & Domain('id', '>', self.last_user),
            order='id',
            limit=JOB_BATCH,
        )
        if not users:
            self._move('done', finished_at=fields.Datetime.now())
            return
        template = self.template_id
        missing = 1
        if template._is_issuing():
            keys = [f'job:{self.id}:{number}' for number in range(self.quantity)]
            _given, missing = template._give(users.sudo(), 'gift', keys, job_id=self.id)
        if missing:
            self._move('stopped')
            self._job_done()
            self.last_error = self.env._('There are no more coupons of this template to give.')
            return
        self.write({'done': self.done + len(users), 'last_user': users[-1].id, 'try_count': 0})
        self._job_queue()

    def _job_bury(self, error):
        """Override of `wx_base` to show the gift as stopped: it can go on."""
        buried = super()._job_bury(error)
        self._move('stopped')
        return buried
