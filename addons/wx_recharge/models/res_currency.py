from odoo import models, tools

KEPT_FIELDS = ('name', 'rounding', 'decimal_places')


class ResCurrency(models.Model):
    """Offers show amounts with their currency's code and decimals."""

    _name = 'res.currency'
    _inherit = ['res.currency', 'wx.recharge.catalogue.mixin']

    @tools.ormcache('self.id', cache='stable')
    def _kept_values(self):
        return tuple(self[name] for name in KEPT_FIELDS)

    def _preload(self):
        """Bring what rounding and naming an amount takes into the transaction's cache.

        Writing an amount rounds it by its currency, so each transaction would ask the database
        for every currency again.
        """
        for currency_sudo in self.sudo():  # customers may not read currencies
            values = currency_sudo._kept_values()
            for name, value in zip(KEPT_FIELDS, values, strict=True):
                self._fields[name]._insert_cache(currency_sudo, [value])
