import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from .. import canonical, const_log
from ..fields import BigInteger
from ..permission import SEAL
from .rbac_log import arguments_by_name

ACTIVITY = 'rbac_ext.mail_activity_type_approval'


class RbacApproval(models.Model):
    """A call that waits for a second person's consent.

    The gate makes it in place of the call. It is decided once, by somebody else than the one
    who asked, and then the call is made with just the arguments that are written here.
    """

    _name = 'rbac.approval'
    _description = 'Approval'
    _inherit = ['mail.thread', 'mail.activity.mixin']
    _order = 'id desc'
    _mail_post_access = 'read'
    _allow_sudo_commands = False

    # Who asks for what
    requester_id = fields.Many2one('res.users', required=True, readonly=True, ondelete='restrict')
    permission_id = fields.Many2one('rbac.permission', readonly=True, ondelete='set null')
    code = fields.Char(required=True, readonly=True)
    model = fields.Char(required=True, readonly=True)
    method = fields.Char(required=True, readonly=True)
    res_ids = fields.Text(string='Record IDs', required=True, readonly=True)
    res_names = fields.Text(string='Records', readonly=True)
    arguments = fields.Text(required=True, readonly=True)
    arguments_text = fields.Text(compute='_compute_arguments_text', string='Arguments (readable)')
    company_ids = fields.Text(required=True, readonly=True)
    amount = BigInteger(readonly=True, help='In the smallest unit.')
    fingerprint = fields.Char(required=True, readonly=True)
    reason = fields.Text()

    # Decision
    state = fields.Selection(
        list(const_log.APPROVAL_STATES),
        required=True,
        readonly=True,
        default='pending',
        tracking=True,
    )
    asked_at = fields.Datetime(readonly=True, help='When the reason was given.')
    expires_at = fields.Datetime(required=True, readonly=True)
    approver_id = fields.Many2one('res.users', readonly=True, ondelete='restrict')
    decided_at = fields.Datetime(readonly=True)
    decision_note = fields.Text()
    result = fields.Text(readonly=True)
    can_decide = fields.Boolean(compute='_compute_can_decide', search='_search_can_decide')
    is_mine = fields.Boolean(compute='_compute_is_mine')

    _due_index = models.Index("(expires_at) WHERE state = 'pending'")
    _requester_index = models.Index('(requester_id, state)')

    # === COMPUTE METHODS === #

    @api.depends('permission_id', 'code', 'res_names')
    def _compute_display_name(self):
        for approval in self:
            name = approval.permission_id.sudo().name or approval.code
            names = approval.res_names
            approval.display_name = f'{name}: {names}' if names else name

    @api.depends('arguments', 'model', 'method')
    def _compute_arguments_text(self):
        for approval in self:
            approval.arguments_text = approval._describe_arguments()

    @api.depends('state', 'asked_at', 'permission_id', 'requester_id')
    @api.depends_context('uid')
    def _compute_can_decide(self):
        for approval in self:
            approval.can_decide = (
                approval.state == 'pending'
                and bool(approval.asked_at)
                and not approval._acts_for_requester()
                and approval._may_decide(self.env.user)
            )

    @api.model
    def _search_can_decide(self, operator, value):
        if operator != 'in':
            return NotImplemented
        user = self.env.user
        candidates = self.env['rbac.permission'].sudo().search([('approval', '!=', 'never')])
        candidates |= self.sudo().search([('state', '=', 'pending')]).permission_id
        mine = candidates.filtered(lambda permission: permission._may_approve(user))
        return [
            ('state', '=', 'pending'),
            ('asked_at', '!=', False),
            ('permission_id', 'in', mine.ids),
            ('requester_id', '!=', user.id),
        ]

    @api.depends('requester_id')
    @api.depends_context('uid')
    def _compute_is_mine(self):
        for approval in self:
            approval.is_mine = approval.requester_id == self.env.user

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override to refuse everybody but the gate, sudo included."""
        if self.env.context.get('rbac_approval') is not SEAL:
            raise AccessError(self.env._('Requests for approval are made by the act itself.'))
        return super().create(vals_list)

    def write(self, vals):
        """Override to let people write only the reason of what they ask and decide."""
        if self.env.context.get('rbac_approval') is not SEAL:
            self._check_free_write(vals)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise AccessError(self.env._('Requests for approval are not deleted.'))

    def _check_free_write(self, vals):
        for approval in self:
            pending = approval.state == 'pending'
            asking = pending and not approval.asked_at and approval.is_mine
            if vals.keys() <= {'reason'} and asking:
                continue
            if vals.keys() <= {'decision_note'} and approval.can_decide:
                continue
            raise AccessError(self.env._('A request for approval cannot be changed.'))

    # === ASKING === #

    @api.model
    def _ask(self, records, guarded, args, kwargs, amount):
        """Store the call as a request and return the action that opens it.

        The client gives the reason in the form that opens, or in the context as `rbac_reason`.

        :return: action on the request; `res_id` is its id
        """
        env = records.env
        if env.su or env.uid != self.env.uid:
            env = env(su=False)
        permission = self.env['rbac.permission']._of(guarded._rbac_code)
        vals = self._prepare_request_vals(records, guarded, args, kwargs)
        approval_sudo = (
            self.sudo()
            .with_context(rbac_approval=SEAL, mail_create_nosubscribe=True)
            .create([vals | {'permission_id': permission.id, 'amount': amount or 0}])
        )
        approval_sudo.message_subscribe(env.user.partner_id.ids)
        approval = approval_sudo.with_env(env).with_context(rbac_approval=None)
        reason = env.context.get('rbac_reason')
        if isinstance(reason, str) and reason.strip():
            approval.reason = reason
            approval.action_submit()
        return approval._action_open()

    def _prepare_request_vals(self, records, guarded, args, kwargs):
        if len(records.ids) != len(records):
            raise UserError(self.env._('Save the record first: this act needs approval.'))
        hours = self.env['ir.config_parameter'].sudo().get_param(const_log.APPROVAL_HOURS_PARAMETER)
        named = arguments_by_name(guarded._rbac_method, records, args, kwargs)
        canonical.encode(self.env, (), named)
        names = records.sudo().mapped('display_name')[: const_log.LOG_NAMES]
        return {
            'requester_id': records.env.uid,
            'code': guarded._rbac_code,
            'model': records._name,
            'method': guarded.__name__,
            'res_ids': json.dumps(records.ids),
            'res_names': ', '.join(name for name in names if name),
            'arguments': canonical.encode(self.env, args, kwargs),
            'company_ids': json.dumps(records.env.companies.ids),
            'fingerprint': records._rbac_fingerprint(),
            'expires_at': fields.Datetime.now()
            + timedelta(hours=float(hours or const_log.APPROVAL_HOURS)),
        }

    def _action_open(self):
        """Return the action that asks for the reason, or shows the request that has one."""
        view = 'rbac_approval_view_form' if self.asked_at else 'rbac_approval_view_form_reason'
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._('Approval Needed'),
            'res_model': self._name,
            'res_id': self.id,
            'views': [[self.env.ref(f'rbac_ext.{view}').id, 'form']],
            'target': 'new',
            'context': {'rbac_approval_asked': self.id},
        }

    @api.model
    def _of_result(self, result):
        """Return the id of the request that a guarded call has made instead of running, if any."""
        if not isinstance(result, dict) or result.get('res_model') != self._name:
            return None
        context = result.get('context')
        return context.get('rbac_approval_asked') if isinstance(context, dict) else None

    # === WHO DECIDES === #

    def _may_decide(self, user):
        """Tell whether `user` is a second person with the right to decide."""
        self.ensure_one()
        return user != self.requester_id and self.permission_id.sudo()._may_approve(user)

    def _acts_for_requester(self):
        """Tell whether the one who asked is at work, under whatever name.

        Code may take another user's environment; the session still tells who it is.
        """
        acting = {self.env.uid, request.session.uid if request else None}
        return self.requester_id.id in acting

    def _approvers(self):
        """Return everybody who may decide at present."""
        permission = self.permission_id.sudo()
        users = permission.approver_role_ids.line_ids.user_id or permission.group_id.all_user_ids
        return users.filtered(lambda user: self._may_decide(user))

    def _describe_arguments(self):
        """Return one line for each argument, records by their names."""
        sudo = self.sudo()
        if sudo.model not in self.env:
            return sudo.arguments
        args, kwargs = canonical.decode(sudo.env, sudo.arguments)
        guarded = getattr(self.env.registry[sudo.model], sudo.method, None)
        method = getattr(guarded, '_rbac_method', guarded)
        named = arguments_by_name(method, None, args, kwargs) if method else kwargs
        return '\n'.join(f'{name}: {_readable(value)}' for name, value in named.items())

    def _lock(self):
        """Lock the requests and forget what was read of them."""
        self.flush_recordset()
        self.env.cr.execute(
            'SELECT id FROM rbac_approval WHERE id = ANY(%s) ORDER BY id FOR UPDATE',
            (self.ids,),
            log_exceptions=False,  # losing against another decision is expected
        )
        self.invalidate_recordset()


def _readable(value):
    if isinstance(value, models.BaseModel):
        return ', '.join(value.exists().mapped('display_name'))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
