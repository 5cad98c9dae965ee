from odoo import api, models, tools
from odoo.tools import SQL


class IrModelAccess(models.Model):
    _inherit = 'ir.model.access'

    @api.model
    def _get_allowed_models(self, mode='read'):
        """Override of `base`: what is allowed depends on the roles in force, not on the user.

        A disabled account opens nothing, so that a job which runs in its name is refused.
        """
        if self.env.user._rbac_is_disabled():
            return frozenset()
        state = self.env.user._role_state()
        if state is None:
            return super()._get_allowed_models(mode)
        return self._get_allowed_models_in(mode, state)

    @api.model
    @tools.ormcache('self.env.uid', 'mode', 'state', cache='stable')
    def _get_allowed_models_in(self, mode, state):
        """Return names of the models that the groups of the role lines `state` open."""
        group_ids = self.env.user._group_ids_in(state)
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT m.model
                  FROM ir_model_access a
                  JOIN ir_model m ON m.id = a.model_id
                 WHERE a.active AND %s AND (a.group_id IS NULL OR a.group_id IN %s)
                """,
                SQL.identifier('a', f'perm_{mode}'),
                group_ids or (None,),
            )
        )
        return frozenset(model for (model,) in rows)
