from odoo import api, models
from odoo.tools import SQL

from ..amounts import LedgerAmount, scaled

EXACT = ('sum', 'min', 'max')


class WxLedgerAmounts(models.AbstractModel):
    """What every model with amounts of assets needs: sums that are exact and make sense.

    The model has `asset_id`, stored or related. Sums for the web client come as text in the
    asset's own unit; over several assets there is none.
    """

    _name = 'wx.ledger.amounts'
    _description = 'Amounts of Assets'

    # === SUMS === #

    def _read_group_select(self, aggregate_spec, query):
        """Override to keep sums exact: PostgreSQL's numeric becomes a float otherwise."""
        sql = super()._read_group_select(aggregate_spec, query)
        if aggregate_spec.endswith(':sum') and self._is_amount(aggregate_spec):
            # The order of JSON numbers is that of numbers, a text's would be another.
            return SQL('to_jsonb(%s)', sql)
        return sql

    @api.model
    @api.readonly
    def formatted_read_group(
        self, domain, groupby=(), aggregates=(), having=(), offset=0, limit=None, order=None
    ):
        """Override to send amounts as text in the asset's own unit."""
        groups = super().formatted_read_group(
            domain, groupby, self._with_assets(aggregates), having, offset, limit, order
        )
        self._scale_groups(groups, aggregates)
        return groups

    @api.model
    @api.readonly
    def formatted_read_grouping_sets(self, domain, grouping_sets, aggregates=(), *, order=None):
        """Override to send amounts as text in the asset's own unit."""
        groups_list = super().formatted_read_grouping_sets(
            domain, grouping_sets, self._with_assets(aggregates), order=order
        )
        self._scale_groups([group for groups in groups_list for group in groups], aggregates)
        return groups_list

    def _is_amount(self, aggregate_spec):
        return isinstance(self._fields.get(aggregate_spec.split(':')[0]), LedgerAmount)

    def _amount_specs(self, aggregates):
        return [spec for spec in aggregates if self._is_amount(spec) and spec.endswith(EXACT)]

    def _with_assets(self, aggregates):
        """Ask for the first and the last asset too: where they are one, a sum makes sense."""
        if not self._amount_specs(aggregates):
            return aggregates
        return list(dict.fromkeys([*aggregates, 'asset_id:min', 'asset_id:max']))

    def _scale_groups(self, groups, aggregates):
        specs = self._amount_specs(aggregates)
        if not specs:
            return
        assets = self.env['wx.ledger.asset'].sudo()  # decimal places are no secret
        for group in groups:
            first, last = group['asset_id:min'], group['asset_id:max']
            for name in {'asset_id:min', 'asset_id:max'}.difference(aggregates):
                del group[name]
            places = assets.browse(first).decimal_places if first and first == last else None
            for spec in specs:
                known = places is not None and group[spec] is not False
                group[spec] = str(scaled(group[spec], places)) if known else False
