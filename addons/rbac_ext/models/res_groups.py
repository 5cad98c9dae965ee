from odoo import SUPERUSER_ID, api, models

from ..permission import SEAL

LINKS = ('implied_ids', 'implied_by_ids', 'user_ids', 'all_user_ids')


class ResGroups(models.Model):
    _inherit = 'res.groups'

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `base`: a new group is no way to a right one may not give."""
        with self.env['rbac.conflict']._guard():
            groups = super().create(vals_list)
        groups._check_links({group: frozenset() for group in groups})
        self.env['rbac.permission']._forget_rights()
        return groups

    def write(self, vals):
        """Override of `base`: roles and permissions change only by who may change them."""
        if not any(name in vals for name in LINKS):
            return super().write(vals)
        before = {group: group._links() for group in self}
        with self.env['rbac.conflict']._guard():
            result = super().write(vals)
        self._check_links(before)
        # Odoo forgets what groups imply, but not yet what users have by it.
        self.env['rbac.permission']._forget_rights()
        return result

    def unlink(self):
        result = super().unlink()
        self.env['rbac.permission']._forget_rights()
        return result

    # === BUSINESS METHODS === #

    def _links(self):
        """Return `(field, id)` of what the group is tied to."""
        group_sudo = self.sudo().with_context(active_test=False)
        return frozenset(
            (name, other.id)
            for name in ('implied_ids', 'implied_by_ids', 'user_ids')
            for other in group_sudo[name]
        )

    def _check_links(self, before):
        """Refuse changes of roles and permissions by the back door of their groups.

        :param dict before: what each group was tied to
        :raise AccessError: the person at work may not change roles, or not give them
        """
        if self.env.uid == SUPERUSER_ID or self.env.context.get('rbac_sync') is SEAL:
            return
        sensitive = self.env['rbac.permission']._sensitive_group_ids()
        gate = self.env['rbac.gate']
        for group, links in before.items():
            for name, other in links ^ group._links():
                if name == 'user_ids':
                    if group.id in sensitive:
                        gate._check(self, 'rbac.role.grant')
                elif group.id in sensitive or other in sensitive:
                    gate._check(self, 'rbac.role.manage')
