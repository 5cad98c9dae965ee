import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.wx_base.tools.transaction import commit_intent

from ..const import CERTIFICATES_MIN_GAP
from ..lib.paywire.errors import Refused, WireError

_logger = logging.getLogger(__name__)


class WxPaymentChannel(models.Model):
    """Fetching of platform certificates, for merchants that have them."""

    _inherit = 'wx.payment.channel'

    # === BUSINESS METHODS === #

    def _may_fetch_certificates(self):
        """Tell whether an unknown serial may make us fetch certificates now.

        Anybody can send a message with an invented serial, so not more often than this.
        """
        if self.verification == 'public_key' or self.certificates_refused:
            return False
        oldest = fields.Datetime.now() - timedelta(seconds=CERTIFICATES_MIN_GAP)
        return not self.certificates_at or self.certificates_at < oldest

    def _fetch_certificates(self):
        """Fetch and store the platform certificates, commit, and return how many there are.

        Merchants that only have the public key get 404 or 403: noted, not repeated.
        Source: spec/wechat_pay_v3.md §4.

        :raise WireError: no answer, or one that cannot be trusted
        """
        self.ensure_one()
        apiv3_key = self._provider()._material(self.id).apiv3_key
        commit_intent(self.env)
        try:
            found = self._client().certificates(apiv3_key)
        except Refused as error:
            if error.http_status not in (403, 404):
                raise
            _logger.warning('channel %s: no platform certificates: %s', self.id, error)
            self.write({'certificates_refused': True, 'certificates_at': fields.Datetime.now()})
            commit_intent(self.env)
            return len(self.certificate_ids)
        self.write({'certificates_at': fields.Datetime.now(), 'certificates_refused': False})
        self.env['wx.payment.certificate']._store(self, found)
        commit_intent(self.env)
        return len(found)

    def _wake_certificates(self):
        """Have the certificates fetched soon, because of a notice with an unknown serial."""
        if self._provider()._lists_certificates and self._may_fetch_certificates():
            self.env['ir.cron']._wake('wx_payment.ir_cron_fetch_certificates')

    # === CRON METHODS === #

    @api.model
    def _cron_fetch_certificates(self):
        """Fetch the certificates of every channel that uses them."""
        kinds = [kind for kind, found in self._providers().items() if found._lists_certificates]
        channels = self.search(
            [
                ('kind', 'in', kinds),
                ('verification', '!=', 'public_key'),
                ('certificates_refused', '=', False),
            ]
        )
        for channel in channels:
            try:
                channel._fetch_certificates()
            except (WireError, UserError) as error:
                self.env.cr.rollback()
                _logger.warning('channel %s: certificates not fetched: %s', channel.id, error)
            self.env['ir.cron']._commit_progress(1)
