from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.wx_base.tools.transaction import lock_rows

from ..timeline import Stretch, arrange
from ..utils import anchor_of, last_day

# Key of the stretch that is being added; periods have positive ids.
NEW = 0
OVERLAP = 'wx_membership_period_overlap_excl'


class WxUser(models.Model):
    """The one timeline of a customer's periods. Its rules are in `timeline.py`.

    Whoever changes it holds the lock of the customer's row and counts there, because a lock alone
    does not show what another transaction has added meanwhile.
    """

    _inherit = 'wx.user'

    # === BUSINESS METHODS === #

    def _lock_timeline(self):
        """Let nobody else change the customer's periods until the end of the transaction."""
        self.ensure_one()
        lock_rows(self)

    def _add_period(self, order):
        """Add what an order has bought, and rearrange what is left of the rest."""
        now = fields.Datetime.now()
        self._begin_change()
        membership = self._membership_of(order)
        order.membership_id = membership
        periods = self._open_periods(now)
        anchors = {
            period.id: period.anchor_day for period in periods if period.level_id == order.level_id
        }
        anchor = 0

        def last_day_after(day, follows):
            nonlocal anchor
            anchor = anchor_of(day, anchors.get(follows))
            return last_day(day, order.duration, order.duration_unit, anchor)

        new = Stretch(NEW, order.level_id.sequence)
        places = arrange([*map(self._stretch, periods), new], now, last_day_after)
        self._rearrange(periods, places, now)
        place = next(place for place in places if place.key == NEW)
        self.env['wx.membership.period'].create(
            {
                'membership_id': membership.id,
                'order_id': order.id,
                'wx_user_id': self.id,
                'start_at': place.start,
                'end_at': place.end,
                'anchor_day': anchor,
            }
        )
        self._end_change(now)

    def _take_back_period(self, order):
        """Take back what is left of an order; what follows moves up.

        What was used of it is not taken from what other orders have paid for.
        """
        now = fields.Datetime.now()
        self._begin_change()
        periods = self._open_periods(now)
        taken = periods.filtered(lambda period: period.order_id == order)
        kept = periods - taken
        places = arrange(map(self._stretch, kept), now, None)
        self._cut(taken, now)
        self._rearrange(kept, places, now)
        self._end_change(now)

    def _read_timeline(self, now):
        """Set what is kept of the timeline on the memberships and the customer."""
        # Rows came and went: what they are the inverse of is read again.
        self.invalidate_recordset(['membership_ids'])
        self.membership_ids.invalidate_recordset(['period_ids'])
        self.membership_ids._read_periods(now)
        running = self.membership_ids.filtered(lambda membership: membership.state == 'active')
        level, until = running.level_id, running.ends_at
        if (self.member_level_id, self.member_until) != (level, until):
            self.write({'member_level_id': level.id, 'member_until': until})

    # === HELPERS === #

    def _begin_change(self):
        self._lock_timeline()
        # Counting on the locked row makes two that change at once collide.
        self.membership_version += 1

    def _end_change(self, now):
        """Check the timeline and note what follows from it."""
        self.env.flush_all()
        self._check_overlap('IMMEDIATE')
        self._read_timeline(now)
        self.membership_ids._plan(now)

    def _membership_of(self, order):
        """Return the customer's membership of the order's level, opened if it was not."""
        level = order.level_id
        membership = self.membership_ids.filtered(lambda found: found.level_id == level)
        if not membership:
            membership = self.env['wx.membership'].create(
                {'wx_user_id': self.id, 'level_id': level.id}
            )
        if order.plan_id:
            membership.plan_id = order.plan_id
        return membership

    def _open_periods(self, now):
        return self.env['wx.membership.period'].search(
            [('wx_user_id', '=', self.id), ('end_at', '>', now)]
        )

    def _stretch(self, period):
        return Stretch(period.id, period.level_id.sequence, period.start_at, period.end_at)

    def _rearrange(self, periods, places, now):
        """Put periods in their places; one that is interrupted leaves what was used behind."""
        self._check_overlap('DEFERRED')
        by_key = {place.key: place for place in places}
        for period in periods:
            place = by_key.get(period.id)
            times = place and {'start_at': place.start, 'end_at': place.end}
            if place and (place.start == period.start_at or period.start_at >= now):
                period.write(times)
                continue
            if place:
                period.copy(times)
            self._cut(period, now)

    def _cut(self, periods, now):
        """End periods now; those that have not begun go."""
        begun = periods.filtered(lambda period: period.start_at < now)
        begun.end_at = now
        (periods - begun).unlink()

    def _check_overlap(self, when):
        """Have the database check overlaps at once, or not until it is told to."""
        periods = self.env['wx.membership.period']
        periods.flush_model()
        self.env.cr.execute(SQL('SET CONSTRAINTS %s %s', SQL.identifier(OVERLAP), SQL(when)))
