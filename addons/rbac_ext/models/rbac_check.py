from odoo import api, fields, models

from .. import graph
from ..permission import SEAL, requires

BATCH = 500


class RbacCheck(models.Model):
    """One nightly comparison of what users have with what their roles give.

    Strays come from outside the suite's roads: SQL, data files of other addons, a restored
    backup. They are repaired at once and reported to whoever gives roles.
    """

    _name = 'rbac.check'
    _description = 'Self-Check of Rights'
    _inherit = ['mail.thread', 'mail.activity.mixin']
    _order = 'id DESC'
    _rec_name = 'create_date'

    user_count = fields.Integer(string='# Users Checked', readonly=True)
    finding_ids = fields.One2many('rbac.check.finding', 'check_id', readonly=True)
    finding_count = fields.Integer(string='# Findings', readonly=True)

    # === ACTION METHODS === #

    @requires('rbac.role.manage')
    def action_check_now(self):
        check = self.sudo()._run()
        return {
            'type': 'ir.actions.act_window',
            'res_model': self._name,
            'res_id': check.id,
            'view_mode': 'form',
            'views': [(False, 'form')],
        }

    # === BUSINESS METHODS === #

    @api.model
    def _run(self, commit=None):
        """Compare, repair and report.

        :param commit: called after each batch with the number of users done
        :return: the row of this check
        """
        # What SQL changed is in no cache of ours.
        self.env.invalidate_all()
        check = self.create({})
        users = self.env['res.users'].with_context(active_test=False).search([], order='id')
        for start in range(0, len(users), BATCH):
            batch = users[start : start + BATCH]
            for user, wanted in batch._groups_by_roles():
                check._check_user(user, wanted)
            if commit:
                commit(len(batch))
        check._check_rules()
        check._check_conflicts()
        self.env['rbac.permission']._forget_rights()
        check.user_count = len(users)
        check.finding_count = len(check.finding_ids)
        check._report()
        return check

    def _check_user(self, user, wanted):
        """Compare the stored groups of one user with what his roles give, and repair them."""
        if not user.role_line_ids:
            # Whoever works without roles has groups by hand, but never a role or permission.
            sensitive = self.env['rbac.permission']._sensitive_group_ids()
            wanted = user.group_ids.filtered(lambda group: group.id not in sensitive)
        extra, missing = user.group_ids - wanted, wanted - user.group_ids
        if not extra and not missing:
            return
        for kind, groups in (('extra', extra), ('missing', missing)):
            self._add_findings(kind, user, groups)
        user.with_context(rbac_sync=SEAL)._store_groups(wanted)

    def _add_findings(self, kind, user, groups):
        self.env['rbac.check.finding'].create(
            [
                {
                    'check_id': self.id,
                    'kind': kind,
                    'user_id': user.id,
                    'group_id': group.id,
                    'subject': group.full_name,
                    'repaired': True,
                }
                for group in groups
            ]
        )

    def _check_rules(self):
        if repaired := self.env['rbac.scope']._sync_rules():
            self.env['rbac.check.finding'].create(
                {
                    'check_id': self.id,
                    'kind': 'rule',
                    'subject': self.env._('%(count)s record rules of data scopes', count=repaired),
                    'repaired': True,
                }
            )

    def _check_conflicts(self):
        conflicts = self.env['rbac.conflict']
        if not (pairs := conflicts._pairs()):
            return
        violations = conflicts._violations(graph.load(self.env), pairs)
        self.env['rbac.check.finding'].create(
            [
                {
                    'check_id': self.id,
                    'kind': 'conflict',
                    'user_id': user_id,
                    'subject': conflicts.browse(conflict_id).name,
                }
                for conflict_id, user_id in sorted(violations)
            ]
        )

    def _report(self):
        if not self.finding_ids:
            return
        lines = [finding.display_name for finding in self.finding_ids[:50]]
        self.message_post(body='\n'.join(lines))
        for holder in self.env['rbac.permission']._holders('rbac.role.grant'):
            self.activity_schedule(
                'mail.mail_activity_data_warning',
                summary=self.env._('Rights found that no role gives'),
                user_id=holder.id,
            )

    @api.model
    def _cron_check(self):
        cron = self.env['ir.cron']
        self._run(commit=lambda done: cron._commit_progress(done))

    @api.autovacuum
    def _gc_checks(self):
        """Forget the checks of more than a year ago."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), months=13)
        old = self.search([('create_date', '<', limit)], limit=1000)
        old.unlink()
        return len(old), len(old) == 1000


class RbacCheckFinding(models.Model):
    _name = 'rbac.check.finding'
    _description = 'Finding of a Self-Check'

    check_id = fields.Many2one('rbac.check', required=True, index=True, ondelete='cascade')
    kind = fields.Selection(
        [
            ('extra', 'Group That No Role Gives'),
            ('missing', 'Group of a Role Was Missing'),
            ('rule', 'Record Rules of Data Scopes'),
            ('conflict', 'Conflict of Duties'),
        ],
        required=True,
    )
    user_id = fields.Many2one('res.users', ondelete='cascade')
    group_id = fields.Many2one('res.groups', ondelete='set null')
    subject = fields.Char(required=True)
    repaired = fields.Boolean()

    @api.depends('kind', 'user_id', 'subject')
    def _compute_display_name(self):
        kinds = dict(self._fields['kind']._description_selection(self.env))
        for finding in self:
            parts = [kinds[finding.kind], finding.user_id.name, finding.subject]
            finding.display_name = ': '.join(filter(None, parts))
