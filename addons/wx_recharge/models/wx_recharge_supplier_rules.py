import ipaddress
import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from odoo.addons.wx_base.api import rate_limit
from odoo.addons.wx_base.exceptions import TooManyRequests

from ..const.suppliers import ALERT_MINUTES, PARTIAL_POLICIES, SLOW_ALERT_HOURS
from ..lib.topup.transport import MASK

_logger = logging.getLogger(__name__)


class WxRechargeSupplier(models.Model):
    """How a supplier is dealt with: calls, alarms, parts, who may call back."""

    _inherit = 'wx.recharge.supplier'

    calls_per_minute = fields.Integer(
        aggregator=None,
        help='Orders and questions about orders beyond that wait. 0: as many as there are; the '
        "supplier's own \"too many calls\" is obeyed in any case.",
    )
    alert_minutes = fields.Integer(
        string='Alert After (min)',
        default=ALERT_MINUTES,
        aggregator=None,
        help='A person is called when an order has no outcome for so long.',
    )
    slow_alert_hours = fields.Integer(
        string='Slow Products: Alert After (h)',
        default=SLOW_ALERT_HOURS,
        aggregator=None,
        help='The same for products that the supplier itself calls slow.',
    )
    partial_policy = fields.Selection(
        list(PARTIAL_POLICIES),
        string='Delivered in Part',
        required=True,
        default='person',
        help='What is done when less arrives than was ordered. The difference is refunded only '
        'where the supplier tells what has arrived; else a person decides.',
    )
    callback_networks = fields.Text(
        string='Callbacks From',
        help='Addresses or networks such as 203.0.113.0/24, one a line. Callbacks from elsewhere '
        'are refused and counted. Empty: from anywhere.',
    )
    refused_count = fields.Integer(
        string='Refused Callbacks', readonly=True, copy=False, aggregator='sum'
    )
    refused_at = fields.Datetime(string='Last Refused', readonly=True, copy=False)
    refused_reason = fields.Char(string='Last Reason', readonly=True, copy=False)

    _rules_not_negative = models.Constraint(
        'CHECK(calls_per_minute >= 0 AND pause_after >= 0)',
        'Calls a minute and failures in a row cannot be negative.',
    )
    _alerts_positive = models.Constraint(
        'CHECK(alert_minutes > 0 AND slow_alert_hours > 0)', 'An alert comes after some time.'
    )

    # === CONSTRAINT METHODS === #

    @api.constrains('callback_networks')
    def _check_callback_networks(self):
        for supplier in self:
            try:
                supplier._networks()
            except ValueError as error:
                raise ValidationError(
                    self.env._('Callbacks From: %(error)s', error=error)
                ) from None

    # === BUSINESS METHODS === #

    def _seconds_until_call(self):
        """Count one call and return 0, or the seconds to wait when there were too many."""
        self.ensure_one()
        if not self.calls_per_minute:
            return 0
        try:
            rate_limit.check(self.env, f'{self.calls_per_minute}/minute', self._name, self.id)
        except TooManyRequests as error:
            return error.retry_after
        return 0

    def _alert_seconds(self, processing):
        """Return after how long an order without an outcome is a matter for a person.

        :param str processing: of `const.imports.PROCESSINGS`, or False
        """
        if processing == 'slow':
            return self.slow_alert_hours * 3600
        return self.alert_minutes * 60

    # === BUSINESS METHODS - CALLBACKS === #

    def _networks(self):
        """Return the networks that callbacks may come from; none: from anywhere.

        :raise ValueError: names the line that is no address or network
        """
        lines = map(str.strip, (self.callback_networks or '').splitlines())
        return [ipaddress.ip_network(line, strict=False) for line in lines if line]

    def _admits(self, address):
        """Tell whether a callback may come from `address`."""
        networks = self._networks()
        if not networks:
            return True
        try:
            found = ipaddress.ip_address(address or '')
        except ValueError:
            return False
        return any(found in network for network in networks)

    def _hide_slug(self, text):
        """Return the text without the secret part of the callback address."""
        return text.replace(self.callback_slug, MASK)

    def _count_refused(self, reason):
        """Count a callback that was not accepted, without waiting for anybody.

        Of the message itself nothing is kept. While another transaction counts, this one only
        leaves its line in the log.
        """
        self.ensure_one()
        _logger.warning('callback of supplier %s refused: %s', self.id, reason)
        query = SQL(
            """UPDATE wx_recharge_supplier
                  SET refused_count = coalesce(refused_count, 0) + 1,
                      refused_at = now() AT TIME ZONE 'UTC', refused_reason = %s
                WHERE id = (SELECT id FROM wx_recharge_supplier WHERE id = %s
                            FOR NO KEY UPDATE SKIP LOCKED)""",
            reason[:200],
            self.id,
        )
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(query, log_exceptions=False)
        except psycopg2.errors.SerializationFailure:
            _logger.info('supplier %s: one refusal was not counted', self.id)
        self.invalidate_recordset(['refused_count', 'refused_at', 'refused_reason'])
