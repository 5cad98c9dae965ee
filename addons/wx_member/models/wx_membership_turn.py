from dataclasses import dataclass
from datetime import datetime

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import EVENT_ENDING
from ..utils import ONE_DAY, add_months, anchor_of, day_of, midnight


@dataclass(frozen=True)
class Month:
    """A month of a membership, naive UTC, and the day of the month that its end stands for."""

    start: datetime
    end: datetime
    anchor: int


class WxMembership(models.Model):
    """What becomes due in time: beginning and end, a month's benefits, the reminder."""

    _inherit = 'wx.membership'

    _job_cron = 'wx_member.ir_cron_turn_memberships'
    _job_calls_out = False

    # === BUSINESS METHODS - TURNING === #

    def _job_run(self):
        """Do what is due now, and plan for when something will be again."""
        self.ensure_one()
        now = fields.Datetime.now()
        # The customer first: whoever changes periods holds this lock.
        self.wx_user_id._lock_timeline()
        self.wx_user_id._read_timeline(now)
        self._grant_due(now)
        self._remind_due(now)
        self._plan(now)

    def _plan(self, now):
        """Note when the scheduled action has to look again, and wake it for what is due."""
        for membership in self:
            due = membership._next_due(now)
            membership.write(
                {'next_try_at': due, 'lease_until': False, 'try_count': 0, 'last_error': False}
            )
            if due and due <= now:
                membership._job_queue()

    @api.model
    def _look_again(self, companies):
        """Have the scheduled action look at all running memberships of companies."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """UPDATE wx_membership SET next_try_at = %s
                    WHERE state = 'active' AND company_id IN %s AND lease_until IS NULL""",
                fields.Datetime.now(),
                tuple(companies.ids),
            )
        )
        self.invalidate_model(['next_try_at'])
        self.env['ir.cron']._wake(self._job_cron)

    def _next_due(self, now):
        """Return the next moment at which something becomes due, False for never."""
        turn = {'active': self.ends_at, 'waiting': self.starts_at}.get(self.state)
        month = self._next_month()
        return min(filter(None, (turn, month and month.start, self._remind_at(now))), default=False)

    # === BUSINESS METHODS - BENEFITS === #

    def _grant_benefits(self, period_start, period_end):
        """Give what a member gets once a month. Addons whose gifts these are extend it.

        Called once for each month of each membership, in the transaction that writes so down.
        Must not call the outside and not commit. An exception leaves the month to be tried
        again.

        :param datetime period_start: naive UTC, when the month of the membership begins
        :param datetime period_end: naive UTC, when the next one would begin
        """
        self.ensure_one()

    def _grant_due(self, now):
        """Give the benefits of all months that have begun and were not given yet.

        The row and the gifts are one transaction, and the row is unique: killed in the middle,
        nothing was given; two at once, one of them starts over and finds the row.
        """
        month = self._next_month()
        while month and month.start <= now:
            self.env['wx.membership.grant'].create(
                {
                    'membership_id': self.id,
                    'period_start': month.start,
                    'period_end': month.end,
                    'anchor_day': month.anchor,
                }
            )
            self.env.flush_all()
            self._grant_benefits(month.start, month.end)
            month = self._next_month()

    def _next_month(self):
        """Return the first month whose benefits were not given yet, None when there is none.

        Months follow each other without a gap as long as the membership does; after a pause
        the next one begins with the membership. What was taken back earns nothing.
        """
        granted = self.grant_ids.sorted('period_start')[-1:]
        since = granted.period_end
        period = self.period_ids.filtered(
            lambda period: (not since or period.end_at > since) and period.order_id._is_booked()
        )[:1]
        if not period:
            return None
        start = max(period.start_at, since or period.start_at)
        # A month that begins at midnight is counted from the day before, as all lengths are.
        day = day_of(start) - ONE_DAY if start == midnight(day_of(start)) else day_of(start)
        anchor = anchor_of(day, granted.anchor_day if start == since else None)
        return Month(start, midnight(add_months(day, 1, anchor) + ONE_DAY), anchor)

    # === BUSINESS METHODS - REMINDER === #

    def _remind_due(self, now):
        """Write the reminder of the end, once for each end: a renewal moves it."""
        at = self._remind_at(now)
        if not at or at > now:
            return
        self.reminded_for = self.ends_at
        self.env['wx.message']._queue(
            self.wx_user_id, EVENT_ENDING, self._prepare_message_values(now), document=self
        )

    def _remind_at(self, now):
        """Return when to remind of the end, None when there is nothing to remind of.

        A short membership is reminded of at half of its days, not at its beginning.
        """
        if self.state != 'active' or self.reminded_for == self.ends_at or self.ends_at <= now:
            return None
        days = (day_of(self.ends_at) - day_of(self.starts_at)).days
        lead = min(self.company_id.wx_member_remind_days, days // 2)
        return self.ends_at - lead * ONE_DAY if lead > 0 else None

    def _prepare_message_values(self, now):
        """Return what the texts of the message's template may name."""
        end = day_of(self.ends_at)
        return {
            'level': self.level_id.name,
            'plan': self.plan_id.name,
            'until': f'{end - ONE_DAY:%Y-%m-%d}',
            'days': str((end - day_of(now)).days),
        }
