from odoo import api, fields, models

from odoo.addons.wx_base.exceptions import Conflict, NotFound

from ..lib.couponchoice import choice
from ..utils import yuan_text


class WxCoupon(models.Model):
    """Choosing coupons for what is bought. Called as sudo by documents."""

    _inherit = 'wx.coupon'

    # === BUSINESS METHODS - CHOOSING === #

    @api.model
    def _suggest(self, wx_user, subject, price_fen, most_fen=None):
        """Return `(coupons, saving_fen)`: what of the customer's coupons saves most.

        One coupon alone, or stackable ones together; empty when nothing fits.

        :param Subject subject: what is bought
        :param int price_fen: before any coupon
        :param int most_fen: what the seller gives at most, None for no limit
        """
        now = fields.Datetime.now()
        domain = [
            ('wx_user_id', '=', wx_user.id),
            ('state', '=', 'issued'),
            ('valid_until', '>', now),
            ('valid_from', '<=', now),
            ('threshold_fen', '<=', price_fen),
        ]
        names = ['kind', *_FACTS, 'scope', 'valid_until']
        coupons = self.search_fetch(domain, names, order='id')
        fitting = coupons.filtered(lambda coupon: coupon._covers(subject))
        savings = choice.best([coupon._candidate() for coupon in fitting], price_fen, most_fen)
        return self.browse(savings), sum(savings.values())

    def _saving(self, wx_user, subject, price_fen):
        """Return what each of these coupons takes off, `{id: fen}` in the order they apply.

        :raise NotFound: one of them is not the customer's
        :raise Conflict: one of them is not good for this now, or not together with the others
        """
        coupons = self.exists()
        if (
            len(coupons) < len(self)
            or coupons.wx_user_id - wx_user
            or not all(coupon.wx_user_id for coupon in coupons)
        ):
            raise NotFound(self.env._('There is no such coupon.'))
        for coupon in coupons:
            coupon._check_good(subject, price_fen)
        if len(coupons) > 1 and not all(coupon.stackable for coupon in coupons):
            raise Conflict(self.env._('These coupons cannot be used together.'))
        savings = choice.applied([coupon._candidate() for coupon in coupons], price_fen)
        if not all(savings.values()):
            raise Conflict(self.env._('One of these coupons would save nothing: keep it.'))
        return savings

    def _check_good(self, subject, price_fen):
        """:raise Conflict: the coupon cannot be used for this now"""
        now = fields.Datetime.now()
        if self.state != 'issued':
            raise Conflict(self.env._('This coupon is used, held by an order, or not good.'))
        if not self.valid_from <= now < self.valid_until:
            raise Conflict(self.env._('This coupon is not good at this time.'))
        if not self._covers(subject):
            raise Conflict(self.env._('This coupon is not good for what you buy.'))
        if price_fen < self.threshold_fen:
            raise Conflict(
                self.env._(
                    'This coupon is good from a price of %(price)s.',
                    price=yuan_text(self.threshold_fen),
                )
            )

    def _covers(self, subject):
        """Tell whether the coupon is good for `subject`.

        Addons that sell something compare it with what they have put into `scope`.
        """
        self.ensure_one()
        return True

    def _candidate(self):
        self.ensure_one()
        facts = {name: self[name] for name in _FACTS}
        return choice.Candidate(id=self.id, expires=int(self.valid_until.timestamp()), **facts)


_FACTS = ('amount_fen', 'percent', 'cap_fen', 'threshold_fen', 'stackable')
