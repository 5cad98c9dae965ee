from odoo import fields, models

from ..const.imports import AMOUNT_DIGITS


class WxRechargeImportLine(models.Model):
    """A product as the catalogue had it, until its differences are applied.

    Written by COPY, read by the queries that compare and apply: nobody else needs it. The names
    are those of `wx.recharge.supplier.product`; currencies are ids without a foreign key, which
    would be checked for each row.
    """

    _name = 'wx.recharge.import.line'
    _description = 'Fetched Product'
    _order = 'import_id, line_no'
    _rec_name = 'sku'
    _log_access = False

    import_id = fields.Many2one(
        'wx.recharge.import', required=True, readonly=True, ondelete='cascade'
    )
    line_no = fields.Integer(string='Line', required=True, readonly=True)
    sku = fields.Char(string='SKU', required=True, readonly=True)
    listed = fields.Boolean(readonly=True, help='The supplier says that it may be ordered.')
    name = fields.Char(readonly=True)
    kind = fields.Char(readonly=True)
    country_code = fields.Char(readonly=True)
    operator_ref = fields.Char(readonly=True)
    operator_name = fields.Char(readonly=True)
    description = fields.Text(readonly=True)
    logo_url = fields.Char(readonly=True)
    denomination = fields.Char(readonly=True)
    redemption = fields.Char(readonly=True)
    processing = fields.Char(readonly=True)
    side = fields.Char(readonly=True)
    validity = fields.Char(readonly=True)
    validity_days = fields.Integer(readonly=True)
    benefits = fields.Json(readonly=True)
    required_fields = fields.Json(readonly=True)
    phone_regex = fields.Char(readonly=True)
    cost_currency = fields.Char(string='Cost Currency Told', readonly=True)
    cost_currency_id = fields.Integer(readonly=True, aggregator=None)
    cost = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    cost_min = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    cost_max = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    fee = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    amount_min = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    amount_max = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    receive_currency = fields.Char(string='Received Currency Told', readonly=True)
    receive_currency_id = fields.Integer(readonly=True, aggregator=None)
    receive_amount = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    receive_min = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    receive_max = fields.Float(digits=AMOUNT_DIGITS, readonly=True)
    receive_step = fields.Float(digits=AMOUNT_DIGITS, readonly=True)

    _sku_idx = models.Index('(import_id, sku, line_no)')
