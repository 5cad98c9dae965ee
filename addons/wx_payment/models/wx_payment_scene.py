from odoo import fields, models


class WxPaymentScene(models.Model):
    """Where and how a customer pays, of `const.SCENES`; channels are chosen by it."""

    _name = 'wx.payment.scene'
    _description = 'Payment Scene'
    _order = 'sequence, id'

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, readonly=True)
    sequence = fields.Integer(default=10)

    _code_uniq = models.Constraint('UNIQUE(code)', 'The scene exists already.')
