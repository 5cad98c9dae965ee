import logging
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..permission import requires

_logger = logging.getLogger(__name__)


class RbacEmergency(models.Model):
    """One use of an emergency role: who took it, why, and until when.

    The role line ends by the clock at each use of a right, in every process; closing the row
    here is bookkeeping. Nobody writes or deletes these rows.
    """

    _name = 'rbac.emergency'
    _description = 'Use of an Emergency Role'
    _inherit = ['mail.thread', 'mail.activity.mixin']
    _order = 'started_at DESC, id DESC'
    _rec_name = 'user_id'

    user_id = fields.Many2one('res.users', required=True, readonly=True, index=True)
    role_id = fields.Many2one('res.users.role', readonly=True, ondelete='set null')
    role_name = fields.Char(readonly=True, help='As it was called then.')
    reason = fields.Text(required=True, readonly=True)
    started_at = fields.Datetime(required=True, readonly=True)
    ends_at = fields.Datetime(required=True, readonly=True)
    ended_at = fields.Datetime(readonly=True)
    state = fields.Selection(
        [('running', 'Running'), ('ended', 'Ended')], compute='_compute_state', string='Status'
    )

    _order_check = models.Constraint('CHECK(ends_at > started_at)', 'It ends after it begins.')

    # === COMPUTE METHODS === #

    @api.depends('ends_at', 'ended_at')
    def _compute_state(self):
        now = fields.Datetime.now()
        for emergency in self:
            over = emergency.ended_at or emergency.ends_at <= now
            emergency.state = 'ended' if over else 'running'

    # === ACTION METHODS === #

    @requires('rbac.emergency.take')
    def action_end(self):
        """Give the role back before its time: the one who took it, or who may give roles."""
        for emergency in self:
            if emergency.user_id != self.env.user:
                self.env['rbac.gate']._check(emergency, 'rbac.role.grant')
            emergency._close(fields.Datetime.now())

    # === BUSINESS METHODS === #

    @api.model
    def _take(self, role, reason, minutes):
        """Give the person at work an emergency role until `minutes` from now.

        :raise AccessError: his roles are not among those that may take it
        :raise UserError: no emergency role, or he has it already
        :raise ValidationError: no reason, too long, or it meets a conflicting role
        :return: the row of this use
        """
        user = self.env.user
        self._check_request(user, role, reason, minutes)
        now = fields.Datetime.now()
        system = self.with_user(SUPERUSER_ID)
        emergency = system.create(
            {
                'user_id': user.id,
                'role_id': role.id,
                'role_name': role.name,
                'reason': reason.strip(),
                'started_at': now,
                'ends_at': now + timedelta(minutes=minutes),
            }
        )
        system.env['res.users.role.line'].create(
            {
                'user_id': user.id,
                'role_id': role.id,
                'ends_at': emergency.ends_at,
                'emergency_id': emergency.id,
            }
        )
        _logger.warning('user %s took the emergency role %s', user.login, role.id)
        emergency._notify_administrators()
        return emergency.with_env(self.env)

    @api.model
    def _check_request(self, user, role, reason, minutes):
        if not role.is_emergency:
            raise UserError(self.env._('%(role)s is no emergency role.', role=role.name))
        if not role._takeable_by(user):
            raise AccessError(self.env._('Your roles may not take %(role)s.', role=role.name))
        if not (reason or '').strip():
            raise ValidationError(self.env._('Say why you need it.'))
        if not 1 <= minutes <= role.emergency_minutes:
            raise ValidationError(
                self.env._(
                    'This role is taken for 1 to %(minutes)s minutes.',
                    minutes=role.emergency_minutes,
                )
            )
        lines = user.sudo().with_context(active_test=False).role_line_ids
        if not lines:
            # The roles would replace the groups that were given by hand.
            raise UserError(self.env._('Only who works by roles can take an emergency role.'))
        same = lines.filtered(lambda line: line.role_id == role)
        now = fields.Datetime.now()
        if same and (not same.emergency_id or same._is_in_force(now)):
            raise UserError(self.env._('You have this role already.'))
        same.with_user(SUPERUSER_ID).unlink()

    def _notify_administrators(self):
        """Tell everybody who gives roles, on the record and by an activity."""
        self.ensure_one()
        text = self.env._(
            '%(user)s took the role %(role)s until %(end)s UTC: %(reason)s',
            user=self.user_id.name,
            role=self.role_name,
            end=self.ends_at,
            reason=self.reason,
        )
        holders = self.env['rbac.permission']._holders('rbac.role.grant') - self.user_id
        self.message_post(body=text, partner_ids=holders.partner_id.ids)
        for holder in holders:
            self.activity_schedule(
                'mail.mail_activity_data_todo',
                summary=self.env._('Emergency role taken'),
                note=text,
                user_id=holder.id,
            )

    def _close(self, now):
        for emergency in self.with_user(SUPERUSER_ID).filtered(lambda row: not row.ended_at):
            emergency.ended_at = min(now, emergency.ends_at)
            lines = emergency.env['res.users.role.line'].with_context(active_test=False)
            lines.search([('emergency_id', '=', emergency.id)]).unlink()
            emergency.message_post(body=self.env._('The emergency role has ended.'))

    @api.model
    def _close_ended(self):
        now = fields.Datetime.now()
        self.sudo().search([('ended_at', '=', False), ('ends_at', '<=', now)])._close(now)
