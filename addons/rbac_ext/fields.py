from odoo import fields

MAX_INT4 = 2**31 - 1
MAX_EXACT_FLOAT = 2**53


class BigInteger(fields.Integer):
    """Whole number of 64 bits: amounts in the smallest unit outgrow `Integer` at ¥21 million."""

    _column_type = ('int8', 'int8')

    def convert_to_read(self, value, record, use_display_name=True):
        # XML-RPC knows no larger integer than int4; a float is exact up to 2⁵³, beyond that only
        # text is.
        if value and abs(value) > MAX_EXACT_FLOAT:
            return str(value)
        if value and abs(value) > MAX_INT4:
            return float(value)
        return value
