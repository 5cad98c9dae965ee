from odoo import api, models


class Base(models.AbstractModel):
    """Record changes of the chosen fields. For other models it costs one look-up in a cache."""

    _inherit = 'base'

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if names := self._rbac_recorded():
            self.env['rbac.field.change']._record_created(records, names)
        return records

    def write(self, vals):
        names = self._rbac_recorded()
        if not names or names.isdisjoint(vals):
            return super().write(vals)
        changed = [name for name in vals if name in names]
        return self.env['rbac.field.change']._record_written(self, changed, vals, super().write)

    def unlink(self):
        if names := self._rbac_recorded():
            self.env['rbac.field.change']._record_deleted(self, names)
        return super().unlink()

    def _rbac_recorded(self):
        """Return the names of this model's recorded fields; nothing while modules are loaded."""
        if not self.pool.ready:
            return frozenset()
        return self.env['rbac.field.rule']._recorded().get(self._name, frozenset())
