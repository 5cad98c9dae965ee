import json
import logging

import psycopg2

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..const import KEPT_HEADERS
from ..lib.paywire.errors import Malformed, SignatureError, UnknownSerial

_logger = logging.getLogger(__name__)


class WxPaymentNotification(models.Model):
    """The way in, on the hot path of every payment: one statement, no ORM."""

    _inherit = 'wx.payment.notification'

    @api.model
    def _receive(self, word, topic, slug, headers, body):
        """Verify, store and acknowledge a notice; the answer leaves after the commit.

        The signature is checked before anything is read from the body. Runs as the superuser:
        the provider is no user, its signature is what admits it.

        :param str word: the provider's word in the address
        :param str topic: what the address is for, of `const.NOTICE_TOPICS`
        :param str slug: last part of the address
        :param dict headers: all headers of the request
        :param bytes body: as received
        :return: what to answer, None when there is no such address
        :rtype: Receipt
        """
        channels = self.env['wx.payment.channel']
        address = channels._addresses().get((word, slug))
        if not address:
            return None
        channel = channels.browse(address.channel_id)
        provider = self.env[address.provider]
        try:
            notice = provider._accept_notice(channel, topic, headers, body)
        except UserError:
            _logger.exception('notice for channel %s, which is not ready', channel.id)
            return provider._receipt(503, 'not ready')
        except SignatureError as error:
            self._refuse_signature(channel, error)
            return provider._receipt(401, 'bad signature')
        except Malformed as error:
            _logger.error('channel %s: signed, but not readable: %s', channel.id, error)
            channel._count_refused('not readable')
            return provider._receipt(400, 'not readable')
        if self._store(address, topic, notice, headers, body):
            self.env['ir.cron']._wake(self._job_cron)
            _logger.info('notice %s: %s stored', notice.event_id, notice.dedup_key)
        else:
            _logger.info('notice %s: %s repeated', notice.event_id, notice.dedup_key)
        return provider._receipt(200)

    @api.model
    def _refuse_signature(self, channel, error):
        """Count and refuse; of the message itself nothing is kept."""
        _logger.warning('channel %s: notice refused: %s', channel.id, error)
        channel._count_refused(str(error))
        if isinstance(error, UnknownSerial):
            # The provider sends it again: by then the certificate may be here.
            channel._wake_certificates()

    @api.model
    def _store(self, address, topic, notice, headers, body):
        """Insert the notice and tell whether it is a new one."""
        lower = {name.lower(): value for name, value in headers.items()}
        kept = {name: lower[name.lower()] for name in KEPT_HEADERS if name.lower() in lower}
        query = SQL(
            """INSERT INTO wx_payment_notification
                   (channel_id, company_id, state, topic, event_id, event_type, original_type,
                    summary, business_key, dedup_key, headers, body, received_at, next_try_at,
                    create_uid, create_date, write_uid, write_date)
               VALUES (%(channel)s, %(company)s, 'received', %(topic)s, %(event)s, %(type)s,
                       %(original)s, %(summary)s, %(business)s, %(dedup)s, %(headers)s, %(body)s,
                       now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC',
                       %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC')
               ON CONFLICT (channel_id, dedup_key) DO NOTHING RETURNING id""",
            channel=address.channel_id,
            company=address.company_id,
            topic=topic,
            event=notice.event_id,
            type=notice.event_type,
            original=notice.original_type,
            summary=notice.summary,
            business=notice.business_key or None,
            dedup=notice.dedup_key,
            headers=json.dumps(kept),
            body=body.decode(),
            uid=self.env.uid,
        )
        try:
            self.env.cr.execute(query, log_exceptions=False)
        except psycopg2.errors.SerializationFailure:
            # Its twin was committed while we were at it, so it is stored for good.
            self.env.cr.rollback()
            return False
        return bool(self.env.cr.fetchone())
