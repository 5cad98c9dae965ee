from odoo import api, models


class RbacPermission(models.Model):
    _inherit = 'rbac.permission'

    @api.model
    def _app_names(self):
        """Override of `rbac_ext` to name the part of codes that this addon owns."""
        return {**super()._app_names(), 'wechat': self.env._('WeChat')}

    @api.model
    def _holders_for(self, code, record):
        """Return who may do `code` to `record` now: to-dos about it go to these people.

        They have the permission in the record's company and may read the record. Asked on
        behalf of notices, jobs and customers, so the context at hand says nothing of them.

        :param str code: code of a permission
        :param record: one record whose model has a `company_id`
        :return: `res.users` as sudo
        """
        company = record.sudo().company_id

        def may(user):
            if company and company not in user.company_ids:
                return False
            context = {'allowed_company_ids': (company or user.company_ids).ids}
            mine = record.with_env(self.env(user=user.id, su=False, context=context))
            return mine.env.user._has_permission(code) and mine.has_access('read')

        return self._holders(code).filtered(may)
