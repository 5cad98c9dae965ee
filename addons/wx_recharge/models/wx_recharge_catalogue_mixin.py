from odoo import models

from odoo.addons.wx_base.tools.caching import forget_cached


class WxRechargeCatalogueMixin(models.AbstractModel):
    """Rows whose content every process keeps in memory: see `_offer` of the package.

    A new row is in nobody's memory yet, and a deleted one is not found any more, so only
    changes have to be told.
    """

    _name = 'wx.recharge.catalogue.mixin'
    _description = 'Row of the Catalogue'

    # Fields that change all the time, and are read from the row instead.
    _live_fields = frozenset()

    def write(self, vals):
        """Override of `odoo` to have the row read again by all processes."""
        if vals.keys() - self._live_fields:
            forget_cached(self.env, 'stable')
        return super().write(vals)

    def _update_field_translations(self, field_name, *args, **kwargs):
        """Override of `odoo`: the dialogue for translations does not use `write`."""
        forget_cached(self.env, 'stable')
        return super()._update_field_translations(field_name, *args, **kwargs)
