from decimal import Decimal

from odoo.addons.web.controllers.export import ExcelExport

from ..amounts import EXACT

# A spreadsheet keeps so many digits of a number.
DIGITS = 15


def for_spreadsheet(value):
    """Return an exact amount as text where a spreadsheet would round it."""
    if not isinstance(value, Decimal):
        return value
    digits = value.normalize(EXACT).as_tuple().digits
    return value if len(digits) <= DIGITS else f'{value:f}'


class LedgerExcelExport(ExcelExport):
    def from_data(self, fields, columns_headers, rows):
        """Override of `web` to keep all digits of amounts."""
        exact = [[for_spreadsheet(value) for value in row] for row in rows]
        return super().from_data(fields, columns_headers, exact)

    def from_group_data(self, fields, columns_headers, groups):
        """Override of `web` to keep all digits of amounts and of their sums."""
        # Sums are taken of numbers, of all groups at once, so before any number becomes text.
        _ = groups.aggregated_values
        self._keep_digits(groups)
        return super().from_group_data(fields, columns_headers, groups)

    def _keep_digits(self, node):
        for child in node.children.values():
            self._keep_digits(child)
        for name, value in node.aggregated_values.items():
            node.aggregated_values[name] = f'{value:f}' if isinstance(value, Decimal) else value
        node.data = [[for_spreadsheet(value) for value in row] for row in node.data]
