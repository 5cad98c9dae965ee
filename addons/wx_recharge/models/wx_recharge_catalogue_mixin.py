from odoo import api, models

from odoo.addons.wx_base.tools.caching import forget_cached


class WxRechargeCatalogueMixin(models.AbstractModel):
    """Rows whose content every process keeps in memory: see `_shelf` of the package."""

    _name = 'wx.recharge.catalogue.mixin'
    _description = 'Row of the Catalogue'

    # Fields that change all the time, and are read from the row instead.
    _live_fields = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `odoo` to have all processes read the catalogue again."""
        self._forget_catalogue()
        return super().create(vals_list)

    def write(self, vals):
        """Override of `odoo` to have all processes read the catalogue again."""
        if vals.keys() - self._live_fields:
            self._forget_catalogue()
        return super().write(vals)

    def unlink(self):
        """Override of `odoo` to have all processes read the catalogue again."""
        self._forget_catalogue()
        return super().unlink()

    def _update_field_translations(self, field_name, *args, **kwargs):
        """Override of `odoo`: the dialogue for translations does not use `write`."""
        self._forget_catalogue()
        return super()._update_field_translations(field_name, *args, **kwargs)

    @api.model
    def _forget_catalogue(self):
        # Clearing `stable` clears `default` as well.
        forget_cached(self.env, 'stable')
