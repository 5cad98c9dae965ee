from odoo import fields, models


class WxBenchRow(models.Model):
    """The row that the bare route inserts."""

    _name = 'wx.bench.row'
    _description = 'Benchmark Row'

    name = fields.Char(required=True)
