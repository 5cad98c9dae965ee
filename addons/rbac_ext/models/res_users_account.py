from odoo import SUPERUSER_ID, api, fields, models, tools

from .. import const_account as const
from ..permission import requires

OWN_FIELDS = ['rbac_nickname', 'rbac_sex']


class ResUsers(models.Model):
    _inherit = 'res.users'

    # Person
    rbac_nickname = fields.Char(string='Nickname', help='How colleagues call the person.')
    rbac_sex = fields.Selection(const.SEXES, string='Sex')

    # Account
    rbac_state = fields.Selection(
        const.ACCOUNT_STATES,
        string='Account State',
        compute='_compute_rbac_state',
        search='_search_rbac_state',
    )
    rbac_locked_until = fields.Datetime(string='Locked Until', compute='_compute_rbac_state')
    rbac_login_ids = fields.One2many('rbac.login', 'user_id', string='Sign-Ins')

    @property
    def SELF_READABLE_FIELDS(self):
        return [
            *super().SELF_READABLE_FIELDS,
            *OWN_FIELDS,
            'rbac_department_id',
            'rbac_login_ids',
            'rbac_state',
            'rbac_locked_until',
        ]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return [*super().SELF_WRITEABLE_FIELDS, *OWN_FIELDS]

    # === COMPUTE METHODS === #

    @api.depends('active', 'login')
    def _compute_rbac_state(self):
        # Not stored: a lock ends by itself.
        locked = self.env['rbac.login'].sudo()._locked_until(self.filtered('login').mapped('login'))
        for user in self:
            user.rbac_locked_until = user.active and locked.get(user.login)
            state = 'locked' if user.rbac_locked_until else 'active'
            user.rbac_state = state if user.active else 'disabled'

    @api.model
    def _search_rbac_state(self, operator, value):
        if operator != 'in':
            return NotImplemented
        locked = list(self.env['rbac.login'].sudo()._locked_until())
        domains = {
            'disabled': [('active', '=', False)],
            'locked': [('active', '=', True), ('login', 'in', locked)],
            'active': [('active', '=', True), ('login', 'not in', locked)],
        }
        return fields.Domain.OR(domains[state] for state in value if state in domains)

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `base`: opening accounts needs the permission, whatever the road."""
        self._rbac_check_manage()
        return super().create(vals_list)

    def write(self, vals):
        """Override of `base`: disabling and restoring are acts of their own, whatever the road.

        `active` of staff is set there and nowhere else; all other changes of somebody else's
        account need the permission to manage accounts.
        """
        if 'active' in vals and not self.env.cr.cache.get('rbac_switching'):
            kept = self._rbac_switch(vals['active'])
            if kept:
                rest = {name: value for name, value in vals.items() if name != 'active'}
                super(ResUsers, self - kept).write(vals)
                return kept.write(rest) if rest else True
        own = self == self.env.user and vals.keys() <= self._self_accessible_fields()[1]
        if not own:
            self._rbac_check_manage()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_allowed(self):
        self._rbac_check_manage()

    # === ACTIONS === #

    @requires('rbac.user.unlock')
    def action_rbac_unlock(self):
        """Let locked accounts sign in again before their lock ends."""
        for user in self.filtered(lambda user: user.rbac_state == 'locked'):
            self.env['rbac.login']._append('unlock', user.login, user.id)
        self.invalidate_recordset(['rbac_state', 'rbac_locked_until'])
        return True

    def action_rbac_own_logins(self):
        """Show the person his own sign-ins."""
        return {
            **self.env['ir.actions.act_window']._for_xml_id('rbac_ext.rbac_login_action'),
            'domain': [('user_id', '=', self.env.uid)],
            'context': {},
        }

    # === BUSINESS METHODS === #

    def _rbac_check_manage(self):
        """Refuse whoever may not manage accounts. Code in sudo answers for itself.

        :raise AccessError: the person at work lacks the permission
        """
        if not self.env.su and self.env.uid != SUPERUSER_ID:
            self.env['rbac.gate']._check(self, 'rbac.user.manage')

    def _rbac_switch(self, active):
        """Disable or restore the staff among these accounts; return them.

        Customers' accounts are no staff: they are left to Odoo.
        """
        if active:
            staff = self.filtered(lambda user: not user.active and user.sudo().rbac_disabled_date)
            staff and staff.action_rbac_restore()
        else:
            staff = self.filtered(lambda user: user.active and not user.share)
            staff and staff.action_rbac_disable()
        return staff

    def _has_permission(self, code):
        """Override to give disabled accounts nothing, jobs that run in their name included."""
        return not self._rbac_is_disabled() and super()._has_permission(code)

    def _get_group_ids(self):
        """Override of `base`: a disabled account has no groups, though it keeps its roles."""
        return () if self._rbac_is_disabled() else super()._get_group_ids()

    @tools.ormcache('self.id')
    def _rbac_is_disabled(self):
        user_sudo = self.sudo()
        return not user_sudo.active and bool(user_sudo.rbac_disabled_date)
