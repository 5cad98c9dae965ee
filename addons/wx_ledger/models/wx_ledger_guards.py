"""Guards of what people enter by hand: the superuser (data files, scheduled actions) passes."""

from odoo import api, models

from odoo.addons.rbac_ext.permission import requires


class WxLedgerAsset(models.Model):
    _inherit = 'wx.ledger.asset'

    @api.model_create_multi
    @requires('ledger.asset.manage')
    def create(self, vals_list):
        """Override to guard it."""
        return super().create(vals_list)

    @requires('ledger.asset.manage')
    def write(self, vals):
        """Override to guard it."""
        return super().write(vals)


class WxLedgerReason(models.Model):
    _inherit = 'wx.ledger.reason'

    @api.model_create_multi
    @requires('ledger.reason.manage')
    def create(self, vals_list):
        """Override to guard it."""
        return super().create(vals_list)

    @requires('ledger.reason.manage')
    def write(self, vals):
        """Override to guard it."""
        return super().write(vals)

    @requires('ledger.reason.manage')
    def unlink(self):
        """Override to guard it."""
        return super().unlink()


class WxLedgerRate(models.Model):
    _inherit = 'wx.ledger.rate'

    @api.model_create_multi
    @requires('ledger.rate.manage')
    def create(self, vals_list):
        """Override to guard it."""
        return super().create(vals_list)

    @requires('ledger.rate.manage')
    def write(self, vals):
        """Override to guard it."""
        return super().write(vals)

    @requires('ledger.rate.manage')
    def unlink(self):
        """Override to guard it."""
        return super().unlink()
