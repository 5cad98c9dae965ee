from odoo import fields


class BigMany2oneReference(fields.Many2oneReference):
    """Id of a record of any model, 64 bits wide: the ledger's own ids outgrow int4."""

    _column_type = ('int8', 'int8')
