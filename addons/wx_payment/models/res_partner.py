from odoo import models


class ResPartner(models.Model):
    _inherit = 'res.partner'

    # Orders are found by their customer's phone.
    _wx_phone_idx = models.Index('(phone_sanitized) WHERE phone_sanitized IS NOT NULL')
