"""Amounts: whole numbers in an asset's smallest unit, exact on every road out of the server."""

import re
from decimal import Context, Decimal

from odoo.addons.rbac_ext.fields import BigInteger

from . import const

# JavaScript reads a number exactly up to here only.
MAX_SAFE = 2**53 - 1
# Sums of many int8 with 8 decimal places stay far below.
EXACT = Context(prec=100)


class Scaled(Decimal):
    """Exact number that is never written as 1E-8."""

    def __str__(self):
        return format(self, 'f')


def scaled(amount, decimal_places):
    """Return an amount of smallest units in the asset's own unit, exactly."""
    return Scaled(Decimal(amount).scaleb(-(decimal_places or 0), EXACT))


class LedgerAmount(BigInteger):
    """Amount in an asset's smallest unit; people see it in the asset's own unit.

    Reading gives whole numbers, as text where JavaScript would round them. Exports give the
    asset's own unit.

    :param str decimals: field of the model that holds the asset's decimal places
    """

    decimals = 'decimal_places'

    def convert_to_read(self, value, record, use_display_name=True):
        if value and abs(value) > MAX_SAFE:
            return str(value)
        return super().convert_to_read(value, record, use_display_name)

    def convert_to_export(self, value, record):
        return scaled(value or 0, record[self.decimals])


def parse_amount(text, decimal_places, lang):
    """Read an amount that a person typed in the asset's own unit.

    :param str text: digits, grouped as the language does or not at all
    :param int decimal_places: of the asset
    :param lang: record of `res.lang`
    :return: whole number of smallest units, not negative
    :raise ValueError: anything else, more places than the asset has included
    """
    whole, point, fraction = text.strip().partition(lang.decimal_point)
    digits = whole.replace(lang.thousands_sep or ' ', '')
    if not re.fullmatch('[0-9]+', digits) or (point and not re.fullmatch('[0-9]+', fraction)):
        raise ValueError(text)
    if whole != digits and whole != lang.format('%d', int(digits), grouping=True):
        raise ValueError(text)
    if len(fraction) > decimal_places:
        raise ValueError(text)
    amount = int(digits + fraction.ljust(decimal_places, '0'))
    if amount > const.MAX_INT8:
        raise ValueError(text)
    return amount
