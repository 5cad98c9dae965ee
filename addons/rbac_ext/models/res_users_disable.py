import secrets
from contextlib import contextmanager

from odoo import SUPERUSER_ID, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.http import STORED_SESSION_BYTES, root
from odoo.tools import ormcache

from ..permission import requires

READERS = 'base.group_erp_manager,rbac_ext.group_auditor'


class ResUsers(models.Model):
    """Off means off: nothing that opened the shop to an account outlives its disabling."""

    _inherit = 'res.users'

    rbac_disabled_date = fields.Datetime(
        string='Disabled On', readonly=True, copy=False, groups=READERS
    )
    rbac_disabled_uid = fields.Many2one(
        'res.users', string='Disabled By', readonly=True, copy=False, groups=READERS
    )
    rbac_disabled_reason = fields.Char(
        string='Reason for Disabling', readonly=True, copy=False, groups=READERS
    )
    # Part of every session token: a new value ends all sessions, for all processes, for good.
    rbac_session_key = fields.Char(copy=False, groups=fields.NO_ACCESS)

    # === ACTIONS === #

    @requires('rbac.user.disable')
    def action_rbac_disable(self, reason=None, successor_id=None):
        """Disable accounts: end their sessions, keys and open requests, hand their work over.

        :param str reason: for the record
        :param int successor_id: colleague who takes over what is open; without one the head of
            the department does, or else whoever disables
        :raise UserError: own account, last administrator, or a successor who cannot work
        """
        successor = self.browse(successor_id or ()).exists()
        users = self.filtered('active')
        users._rbac_check_disable(successor)
        done = {user: user.sudo()._rbac_disable(reason, successor) for user in users}
        users.sudo()._rbac_on_disabled()
        for user, outcome in done.items():
            user._rbac_tell_disabled(reason, outcome)
        return True

    @requires('rbac.user.restore')
    def action_rbac_restore(self, role_ids=None, groups_by_hand=False):
        """Restore accounts, with those of their former roles that are named.

        :param list role_ids: ids of the roles to give back; others are taken away
        :param bool groups_by_hand: give back groups too, where no roles were used
        """
        for user in self.with_context(active_test=False).filtered(lambda user: not user.active):
            user.sudo()._rbac_restore(role_ids or [], groups_by_hand)
            user.partner_id.sudo().message_post(body=self.env._('The account was restored.'))
        return True

    @requires('rbac.user.end_session')
    def action_rbac_end_sessions(self):
        """End all web sessions of these accounts, on every server, at once."""
        self.sudo()._rbac_end_sessions()
        return True

    # === BUSINESS METHODS === #

    def _rbac_check_disable(self, successor):
        if self.env.user in self:
            raise UserError(self.env._('You cannot disable your own account.'))
        if successor and (not successor.active or successor.share or successor in self):
            raise UserError(
                self.env._('%(name)s cannot take over the work.', name=successor.display_name)
            )

    @contextmanager
    def _rbac_switching(self):
        """Let `active` be written: kept with the cursor, out of reach of any client."""
        cache = self.env.cr.cache
        outer = cache.get('rbac_switching')
        cache['rbac_switching'] = True
        try:
            yield
        finally:
            cache['rbac_switching'] = outer

    def _rbac_disable(self, reason, successor):
        """Disable one account.

        :return: what was ended and handed over, as `name → number`
        :rtype: dict
        """
        handed, heir = self._rbac_hand_over(successor)
        with self._rbac_switching():
            self.write(
                {
                    'active': False,
                    'rbac_disabled_date': fields.Datetime.now(),
                    'rbac_disabled_uid': self.env.uid,
                    'rbac_disabled_reason': reason,
                }
            )
        return {'handed': handed, 'heir': heir, **self._rbac_end_access()}

    def _rbac_restore(self, role_ids, groups_by_hand):
        lines = self.role_line_ids
        unknown = set(role_ids) - set(lines.role_id.ids)
        if unknown:
            raise UserError(self.env._('The account did not have these roles: give them later.'))
        # As the system: to leave a role out is no grant, and needs no permission to grant.
        lines.filtered(lambda line: line.role_id.id not in role_ids).with_user(
            SUPERUSER_ID
        ).unlink()
        vals = {
            'active': True,
            'rbac_disabled_date': False,
            'rbac_disabled_uid': False,
            'rbac_disabled_reason': False,
            # Whoever knew the old password is not let in by it.
            'rbac_password_change': 'asked',
        }
        if not role_ids and not (groups_by_hand and not lines):
            self.with_user(SUPERUSER_ID).group_ids = [
                Command.set((self.env.ref('base.group_user') | self._rbac_own_choice_groups()).ids)
            ]
        with self._rbac_switching():
            self.write(vals)

    def _rbac_own_choice_groups(self):
        return self.group_ids & self._get_self_writable_groups()

    # What is ended

    def _rbac_end_access(self):
        """End sessions, API keys and trusted devices, at once and in every process."""
        own = [('user_id', 'in', self.ids)]
        keys = self.env['res.users.apikeys'].sudo().search(own)
        devices = self.env['auth_totp.device'].sudo().search(own)
        outcome = {'keys': len(keys), 'devices': len(devices), **self._rbac_end_sessions()}
        keys.unlink()
        devices.unlink()
        return outcome

    def _rbac_end_sessions(self):
        """End all sessions: by the token for all processes, then by the store for tidiness."""
        for user in self:
            user.rbac_session_key = secrets.token_urlsafe(16)
        logs = (
            self.env['res.device.log']
            .sudo()
            .search([('user_id', 'in', self.ids), ('revoked', '=', False)])
        )
        logs.write({'revoked': True})
        identifiers = list(set(logs.mapped('session_identifier')))
        # Once more after the commit: until then other threads remember what they still see.
        self.env.cr.postcommit.add(self.env.registry.clear_cache)
        # Not before the commit: a rollback leaves the sessions alive.
        self.env.cr.postcommit.add(lambda: root.session_store.delete_from_identifiers(identifiers))
        return {'sessions': len(identifiers)}

    def _rbac_hand_over(self, successor):
        """Give the open to-dos of one account to a colleague; other models extend this.

        :return: number of records handed over, and the colleague
        """
        activities = self.env['mail.activity'].sudo().search([('user_id', '=', self.id)])
        heir = successor or self._rbac_default_successor()
        if activities:
            # One message to the heir, not one a to-do.
            activities.with_context(mail_activity_quick_update=True).write({'user_id': heir.id})
        return len(activities), heir

    def _rbac_default_successor(self):
        head = self.rbac_department_id.manager_id
        if head.active and head != self:
            return head
        return self.env.user

    def _rbac_on_disabled(self):
        """Take notice that these accounts were just disabled: a hook, called in sudo.

        Models withdraw here what the accounts had asked for or were asked for.
        """

    def _rbac_tell_disabled(self, reason, outcome):
        body = self.env._(
            'The account was disabled. Reason: %(reason)s. Ended: %(sessions)s sessions,'
            ' %(keys)s API keys, %(devices)s trusted devices. %(handed)s to-dos went to'
            ' %(heir)s.',
            **{**outcome, 'heir': outcome['heir'].name, 'reason': reason or '-'},
        )
        self.partner_id.sudo().message_post(body=body)

    # === SESSIONS === #

    def _get_session_token_fields(self):
        return super()._get_session_token_fields() | {'rbac_session_key'}

    def _compute_session_token(self, sid):
        """Override of `base`: a session that was ended has no token, wherever its file lies."""
        if self._rbac_is_session_ended(sid[:STORED_SESSION_BYTES]):
            return False
        return super()._compute_session_token(sid)

    @ormcache('identifier')
    def _rbac_is_session_ended(self, identifier):
        log = self.env['res.device.log'].sudo()
        ended = [('session_identifier', '=', identifier), ('revoked', '=', True)]
        return bool(log.search_count(ended, limit=1))
