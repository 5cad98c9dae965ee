import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.wx_base.tools.transaction import commit_intent

from ..const.lookup import LOOKUP_DAYS
from ..lib.topup.errors import TopupError

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Candidates:
    """The operators that a number may belong to; none of them is chosen."""

    # Ids of those that something speaks for.
    detected: tuple[int, ...]
    # All operators of the country that customers see, as they are shown.
    operators: tuple[Any, ...]
    # One of `LOOKUP_SOURCES`, and whether it was asked earlier.
    source: str
    cached: bool
    # How often suppliers may still be asked for this customer today.
    left: int


class WxRechargeLookup(models.Model):
    """What suppliers have said of numbers: each is asked once in a month."""

    _name = 'wx.recharge.lookup'
    _description = 'Looked-Up Number'
    _rec_name = 'number'
    _log_access = False

    number = fields.Char(required=True, readonly=True)
    operators = fields.Json(readonly=True, help='Ids of the operators.')
    asked_at = fields.Datetime(readonly=True, index=True)

    _number_uniq = models.Constraint('UNIQUE(number)', 'A number is kept once.')

    # === BUSINESS METHODS === #

    @api.model
    def _candidates(self, wx_user, e164, country):
        """Tell which operators a number may belong to.

        Our table of prefixes first, then what suppliers said lately, then a supplier, as often
        a day as the customer may. Nothing is chosen: a number that was taken along has another
        operator than its prefix says (spec/topup_suppliers.md §6 trap 9). Whatever fails, all
        operators of the country are there to choose from.

        Commits before a supplier is called.

        :param str e164: number as E.164
        :param country: `wx.recharge.country`
        :rtype: Candidates
        """
        # Customers read neither prefixes nor lookups; only operators they see are returned.
        lookups_sudo = self.sudo()
        shown = self.env['wx.recharge.operator']._shown(country.id)
        detected, source, cached = lookups_sudo._known(e164)
        usage_sudo = lookups_sudo.env['wx.recharge.lookup.usage']
        quota = usage_sudo._quota(wx_user)
        if source == 'none':
            found = lookups_sudo._ask(wx_user, e164, country, quota)
            if found is not None:
                detected, source = found, 'supplier'
        visible = {operator.id for operator in shown}
        return Candidates(
            detected=tuple(sorted(visible & set(detected))),
            operators=shown,
            source=source,
            cached=cached,
            left=max(0, quota - usage_sudo._used(wx_user)),
        )

    @api.model
    def _known(self, e164):
        """Return `(ids of operators, source, whether asked earlier)` of what we know ourselves."""
        operators = self.env['wx.recharge.prefix']._match(e164)
        if operators:
            return operators.ids, 'prefix', False
        since = fields.Datetime.now() - timedelta(days=LOOKUP_DAYS)
        known = self.search([('number', '=', e164), ('asked_at', '>', since)])
        return (known.operators, 'supplier', True) if known else ([], 'none', False)

    @api.model
    def _ask(self, wx_user, e164, country, quota):
        """Return the ids of operators that a supplier names, None when none could be asked."""
        suppliers = self.env['wx.recharge.supplier']._for_lookup(country, wx_user.sudo().company_id)
        if not suppliers or not self.env['wx.recharge.lookup.usage']._spend(wx_user, quota):
            return None
        commit_intent(self.env)
        for supplier in suppliers:
            try:
                candidates = supplier._lookup_number(e164, country.iso2)
            except TopupError as error:
                _logger.info('lookup at supplier %s failed: %s', supplier.id, error)
                continue
            operators = supplier._operators_of(candidates)
            self._remember(e164, operators.ids)
            return operators.ids
        return None

    @api.model
    def _remember(self, e164, operator_ids):
        self.env.cr.execute(
            SQL(
                """INSERT INTO wx_recharge_lookup (number, operators, asked_at)
                   VALUES (%s, %s, %s)
                   ON CONFLICT (number) DO UPDATE
                   SET operators = excluded.operators, asked_at = excluded.asked_at""",
                e164,
                Json(operator_ids),
                fields.Datetime.now(),
            ),
            log_exceptions=False,  # losing against another transaction is expected
        )
        self.invalidate_model()

    @api.autovacuum
    def _gc_lookups(self):
        self.env.cr.execute(
            SQL(
                'DELETE FROM wx_recharge_lookup WHERE asked_at < %s',
                fields.Datetime.now() - timedelta(days=LOOKUP_DAYS),
            )
        )
