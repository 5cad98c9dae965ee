import logging

from odoo import fields, models

from odoo.addons.wx_base.exceptions import Conflict
from odoo.addons.wx_base.tools.transaction import lock_rows

from ..const import COUPON_TRANSITIONS

_logger = logging.getLogger(__name__)


class WxCoupon(models.Model):
    """States of a coupon, in the transaction of the document that holds it.

    Hold, use and give back may be repeated: only the first call counts.
    """

    _inherit = 'wx.coupon'

    def _move(self, state, **values):
        """Move the locked row to `state` if the table allows it; else leave it untouched.

        :return: whether it moved
        """
        self.ensure_one()
        if self.state == state:
            _logger.info('coupon %s is %s already', self.id, state)
            return False
        if state not in COUPON_TRANSITIONS[self.state]:
            _logger.warning('coupon %s may not go from %s to %s', self.id, self.state, state)
            return False
        self.write({'state': state, **values})
        return True

    # === DOCUMENTS === #

    def _hold(self, document, savings=None):
        """Keep the coupons for one document, which nobody else can use them for then.

        :param document: record that is paid for
        :param dict savings: what each takes off, as `_saving` has returned it
        :raise Conflict: one of them is gone or not good any more
        """
        now = fields.Datetime.now()
        for coupon in lock_rows(self):
            if coupon._is_with(document):
                continue
            if coupon.state != 'issued' or coupon.valid_until <= now:
                raise Conflict(self.env._('A coupon was just used or is not good any more.'))
            coupon._move(
                'held',
                held_at=now,
                res_model=document._name,
                res_id=document.id,
                saving_fen=(savings or {}).get(coupon.id, 0),
            )

    def _use(self, document):
        """The document got what was paid for: the coupons are used up."""
        held = lock_rows(self).filtered(
            lambda coupon: coupon.state == 'held' and coupon._is_with(document)
        )
        for coupon in self - held:
            if not (coupon.state == 'used' and coupon._is_with(document)):
                _logger.warning('coupon %s is not held by %s', coupon.id, document)
        for coupon, revenue_fen in zip(held, _shares(document, len(held)), strict=True):
            coupon._move(
                'used',
                used_at=fields.Datetime.now(),
                # Reports sum yuan: what is only held counts nowhere.
                saving=coupon.saving_fen / 100,
                revenue_fen=revenue_fen,
                revenue=revenue_fen / 100,
            )

    def _give_back(self, document):
        """The document came to nothing: the coupons are their owner's again while they last."""
        now = fields.Datetime.now()
        for coupon in lock_rows(self):
            if not coupon._is_with(document):
                _logger.info('coupon %s is not with %s any more', coupon.id, document)
                continue
            coupon._move(
                'issued' if coupon.valid_until > now else 'expired',
                given_back_at=now,
                given_back_count=coupon.given_back_count + 1,
                res_model=False,
                res_id=False,
                used_at=False,
                saving_fen=0,
                saving=0,
                revenue_fen=0,
                revenue=0,
            )

    def _is_with(self, document):
        """Tell whether the coupon is held or used by the document."""
        self.ensure_one()
        return (self.res_model, self.res_id) == (document._name, document.id)

    # === STAFF === #

    def _void(self, reason):
        """Take coupons away that nobody has used or is using.

        :raise Conflict: one of them is held, used or gone already
        """
        for coupon in lock_rows(self):
            if not coupon._move('void', void_reason=reason, void_uid=self.env.uid):
                raise Conflict(
                    self.env._(
                        '%(coupon)s is held, used or gone already.', coupon=coupon.display_name
                    )
                )


def _shares(document, count):
    """Return what the customer paid for the document, shared out among its coupons.

    Reports sum coupons: what one order paid must not count twice.
    """
    paid_fen = document.payment_order_id.amount_fen
    return [(paid_fen + place) // count for place in range(count)]
