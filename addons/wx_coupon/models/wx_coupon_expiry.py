from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.wx_base.api.schema import SHOP_ZONE

from ..const import CRON_BATCH, REMIND_DAYS


class WxCoupon(models.Model):
    """The end of coupons: brought to mind before it, and written down after it."""

    _inherit = 'wx.coupon'

    # === CRON METHODS === #

    @api.model
    def _cron_expire(self):
        """Let coupons expire that nobody has used, in batches; what is held is left alone."""
        while found := self._expire_batch():
            left = found if found == CRON_BATCH else 0
            if not self.env['ir.cron']._commit_progress(found, remaining=left) or not left:
                break

    @api.model
    def _expire_batch(self):
        """Let one batch of coupons expire and return how many there were."""
        self.flush_model(['state', 'valid_until'])
        rows = self.env.execute_query(
            SQL(
                """UPDATE wx_coupon SET state = 'expired', write_date = now() AT TIME ZONE 'UTC'
                   WHERE id IN (SELECT id FROM wx_coupon
                                WHERE state IN ('ready', 'issued') AND valid_until <= %s
                                ORDER BY valid_until LIMIT %s
                                FOR NO KEY UPDATE SKIP LOCKED)
                   RETURNING id""",
                fields.Datetime.now(),
                CRON_BATCH,
            )
        )
        self.browse(coupon_id for (coupon_id,) in rows).invalidate_recordset(['state'])
        return len(rows)

    @api.model
    def _cron_remind(self):
        """Tell customers once of coupons that end soon, in batches of coupons."""
        while found := self._remind_batch():
            left = found if found == CRON_BATCH else 0
            if not self.env['ir.cron']._commit_progress(found, remaining=left) or not left:
                break

    @api.model
    def _remind_batch(self):
        """Write one message a customer for one batch, and return how many coupons it was.

        Those that are good for a few days only wait until half of their time is over. The mark on
        the coupons and the messages are written together: neither stands alone.
        """
        now = fields.Datetime.now()
        self.flush_model(['state', 'valid_until', 'reminded_at'])
        rows = self.env.execute_query(
            SQL(
                """UPDATE wx_coupon SET reminded_at = %(now)s
                   WHERE id IN (SELECT id FROM wx_coupon
                                WHERE state = 'issued' AND reminded_at IS NULL
                                  AND valid_until > %(now)s AND valid_until <= %(soon)s
                                  AND valid_until - (valid_until - valid_from) / 2 <= %(now)s
                                ORDER BY valid_until, id LIMIT %(limit)s
                                FOR NO KEY UPDATE SKIP LOCKED)
                   RETURNING id""",
                now=now,
                soon=now + timedelta(days=REMIND_DAYS),
                limit=CRON_BATCH,
            )
        )
        coupons = self.browse(coupon_id for (coupon_id,) in rows)
        coupons.invalidate_recordset(['reminded_at'])
        for user, own in (
            coupons.sorted(lambda one: (one.valid_until, one.id)).grouped('wx_user_id').items()
        ):
            own[0]._remind(user, len(own))
        return len(coupons)

    def _remind(self, user, count):
        ends = fields.Datetime.context_timestamp(
            self.with_context(tz=SHOP_ZONE.key), self.valid_until
        )
        self.env['wx.message']._queue(
            user,
            'coupon_expiring',
            {
                'coupon': self.template_id.name,
                'count': str(count),
                'expires': ends.strftime('%Y-%m-%d %H:%M'),
            },
            document=self,
        )
