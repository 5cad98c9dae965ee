import json
import logging
from dataclasses import dataclass

import psycopg2

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..const import KEPT_HEADERS
from ..lib.paywire.errors import Malformed, SignatureError, UnknownSerial
from ..lib.paywire.messages import Transaction
from ..lib.paywire.wxpay_v3 import notify

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Receipt:
    """What the provider is answered. Source: spec/wechat_pay_v3.md §11."""

    http_status: int
    reply: dict


ACCEPTED = Receipt(200, {'code': 'SUCCESS'})
UNKNOWN_CHANNEL = Receipt(404, {'code': 'FAIL', 'message': 'no such channel'})
BAD_SIGNATURE = Receipt(401, {'code': 'FAIL', 'message': 'bad signature'})
NOT_READABLE = Receipt(400, {'code': 'FAIL', 'message': 'not readable'})
NOT_READY = Receipt(503, {'code': 'FAIL', 'message': 'not ready'})


class WxPaymentNotification(models.Model):
    """The way in, on the hot path of every payment: one statement, no ORM."""

    _inherit = 'wx.payment.notification'

    @api.model
    def _receive(self, slug, headers, body):
        """Verify, store and acknowledge a notice; the answer leaves after the commit.

        The signature is checked before anything is read from the body. Runs as the superuser:
        the provider is no user, its signature is what admits it.

        :param str slug: last part of the notify URL
        :param dict headers: all headers of the request
        :param bytes body: as received
        :rtype: Receipt
        """
        channels = self.env['wx.payment.channel']
        channel = channels.browse(channels._slug_ids().get(slug))
        if not channel:
            return UNKNOWN_CHANNEL
        try:
            material = channel._material()
            envelope = notify.accept(headers, body, keys=material.keys, now=channel._now())
        except UserError:
            _logger.exception('notice for channel %s, which is not ready', channel.id)
            return NOT_READY
        except SignatureError as error:
            return self._refuse_signature(channel, error)
        except Malformed as error:
            _logger.error('channel %s: signed, but not readable: %s', channel.id, error)
            channel._count_refused('not readable')
            return NOT_READABLE
        business_key, dedup_key = self._read_keys(envelope, material.apiv3_key)
        if self._store(material, envelope, business_key, dedup_key, headers, body):
            self.env['ir.cron']._wake(self._job_cron)
            _logger.info('notice %s: %s stored', envelope.id, dedup_key)
        else:
            _logger.info('notice %s: %s repeated', envelope.id, dedup_key)
        return ACCEPTED

    @api.model
    def _refuse_signature(self, channel, error):
        """Count and refuse; of the message itself nothing is kept."""
        _logger.warning('channel %s: notice refused: %s', channel.id, error)
        channel._count_refused(str(error))
        if isinstance(error, UnknownSerial):
            # WeChat Pay sends it again: by then the certificate may be here.
            channel._wake_certificates()
        return BAD_SIGNATURE

    @api.model
    def _read_keys(self, envelope, apiv3_key):
        """Return our number and the key under which repetitions are recognised.

        By business key and state, because the same fact may come under several event ids. What
        cannot be opened is stored all the same, by its event id: the job tells why.
        """
        try:
            plain = notify.open_resource(envelope, apiv3_key)
            content = notify.parse_resource(envelope, plain)
        except Malformed:
            content = None
        if content is None:
            return None, f'event:{envelope.id}'
        if isinstance(content, Transaction):
            key = f'transaction:{content.transaction_id}:{content.trade_state}'
        else:
            key = f'refund:{content.refund_id}:{content.status}'
        return content.out_trade_no, key

    @api.model
    def _store(self, material, envelope, business_key, dedup_key, headers, body):
        """Insert the notice and tell whether it is a new one."""
        lower = {name.lower(): value for name, value in headers.items()}
        kept = {name: lower[name.lower()] for name in KEPT_HEADERS if name.lower() in lower}
        query = SQL(
            """INSERT INTO wx_payment_notification
                   (channel_id, company_id, state, event_id, event_type, original_type, summary,
                    business_key, dedup_key, headers, body, received_at, next_try_at,
                    create_uid, create_date, write_uid, write_date)
               VALUES (%(channel)s, %(company)s, 'received', %(event)s, %(type)s, %(original)s,
                       %(summary)s, %(business)s, %(dedup)s, %(headers)s, %(body)s,
                       now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC',
                       %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC')
               ON CONFLICT (channel_id, dedup_key) DO NOTHING RETURNING id""",
            channel=material.channel_id,
            company=material.company_id,
            event=envelope.id,
            type=envelope.event_type,
            original=envelope.original_type,
            summary=envelope.summary,
            business=business_key,
            dedup=dedup_key,
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
