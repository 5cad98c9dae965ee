import math
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..const_desk import EXPIRY_STATES, EXPIRY_STEPS


class WxPaymentChannel(models.Model):
    """Certificates that come to their end: finance is told in time, once per step."""

    _inherit = 'wx.payment.channel'

    certificate_expires_at = fields.Datetime(
        string='Certificates Until', compute='_compute_certificate_expires_at', compute_sudo=True
    )
    certificate_state = fields.Selection(
        list(EXPIRY_STATES),
        string='Certificates',
        compute='_compute_certificate_expires_at',
        compute_sudo=True,
        search='_search_certificate_state',
    )
    expiry_told = fields.Json(
        readonly=True, copy=False, help='What certificate was reported at which step.'
    )

    # === COMPUTE METHODS === #

    @api.depends('certificate_ids.expires_at', 'merchant_certificate_expires_at', 'verification')
    def _compute_certificate_expires_at(self):
        now = fields.Datetime.now()
        for channel in self:
            ends = channel._certificate_ends().values()
            channel.certificate_expires_at = first = min(ends, default=False)
            if not first:
                channel.certificate_state = 'none'
            elif first <= now:
                channel.certificate_state = 'expired'
            else:
                soon = now + timedelta(days=EXPIRY_STEPS[0])
                channel.certificate_state = 'soon' if first <= soon else 'valid'

    @api.model
    def _search_certificate_state(self, operator, value):
        if operator != 'in':
            return NotImplemented
        # There are few channels.
        channels = self.with_context(active_test=False).search([])
        return Domain(
            'id', 'in', channels.filtered(lambda channel: channel.certificate_state in value).ids
        )

    # === BUSINESS METHODS === #

    def _certificate_ends(self):
        """Return what the channel works with and when it ends; old ones that have a successor
        do not matter.

        :return: dict of keys of `_certificate_name` and naive UTC times
        """
        self.ensure_one()
        ends = {}
        if self.verification != 'public_key' and self.certificate_ids:
            ends['platform'] = max(self.certificate_ids.mapped('expires_at'))
        if self.merchant_certificate_expires_at:
            ends['merchant'] = self.merchant_certificate_expires_at
        return ends

    def _certificate_name(self, key):
        """Return what people call a certificate of `_certificate_ends`."""
        names = {
            'platform': self.env._('platform certificate'),
            'merchant': self.env._('merchant certificate'),
        }
        return names[key]

    def _tell_expiry(self):
        """Tell the people of this channel which certificates end soon, once per step."""
        before = self.expiry_told or {}
        told = {}
        for key, end in self._certificate_ends().items():
            left = math.ceil((end - fields.Datetime.now()) / timedelta(days=1))
            reached = [step for step in EXPIRY_STEPS if step >= left]
            if not reached:
                continue
            told[key] = [fields.Datetime.to_string(end), min(reached)]
            if before.get(key) != told[key]:
                self._raise_expiry_todo(key, end, min(reached))
        if told != before:
            self.expiry_told = told

    def _raise_expiry_todo(self, key, end, step):
        name = self._certificate_name(key)
        if step:
            summary = self.env._('The %(name)s ends within %(days)s days', name=name, days=step)
        else:
            summary = self.env._('The %(name)s has ended', name=name)
        self._raise_todo(
            summary,
            self.env._(
                '%(channel)s: valid until %(end)s (UTC). Enter its successor in time: both work '
                'side by side.',
                channel=self.name,
                end=end,
            ),
        )

    # === CRON METHODS === #

    @api.model
    def _cron_tell_expiry(self):
        """Look at the certificates of all channels."""
        # What is written for people is in the shop's language.
        self = self.with_context(lang=self.env.company.partner_id.lang)
        for channel in self.search([]):
            channel._tell_expiry()
            self.env['ir.cron']._commit_progress(1)
