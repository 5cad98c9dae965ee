from werkzeug.routing import BaseConverter

from odoo import models

from ..const import ASSET_CODE


class AssetCodeConverter(BaseConverter):
    """Part of a path that can be the code of an asset; anything else is no address."""

    regex = ASSET_CODE


class IrHttp(models.AbstractModel):
    _inherit = 'ir.http'

    @classmethod
    def _get_converters(cls):
        """Override of `base` to let only what can be a code reach the wallets."""
        return {**super()._get_converters(), 'wx_asset': AssetCodeConverter}
