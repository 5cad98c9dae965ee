from datetime import date, datetime, timedelta
from itertools import product

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.wx_base.api.schema import SHOP_ZONE
from odoo.addons.wx_base.exceptions import Conflict, InvalidInput

from ..const import BIRTHDAY_LATE_DAYS, JOB_BATCH

FIRST_BIRTHDAY = date(1900, 1, 1)
LEAP_DAY = 229


class WxUser(models.Model):
    _inherit = 'wx.user'

    birthday = fields.Date(help='Told by the customer, once; staff may correct it.')
    birthday_no = fields.Integer(
        string='Day of the Birthday',
        compute='_compute_birthday_no',
        store=True,
        aggregator=None,
        help='Month and day, as 229 for 29 February.',
    )
    coupon_count = fields.Integer(
        compute='_compute_coupon_count', groups='wx_coupon.perm_coupon_view_res_groups'
    )

    _birthday_idx = models.Index('(birthday_no, id) WHERE birthday_no > 0')

    # === COMPUTE METHODS === #

    @api.depends('birthday')
    def _compute_birthday_no(self):
        for user in self:
            day = user.birthday
            user.birthday_no = day.month * 100 + day.day if day else 0

    def _compute_coupon_count(self):
        counts = dict(
            self.env['wx.coupon']._read_group(
                [('wx_user_id', 'in', self.ids), ('state', 'in', ('issued', 'held'))],
                ['wx_user_id'],
                ['__count'],
            )
        )
        for user in self:
            user.coupon_count = counts.get(user, 0)

    # === ACTION METHODS === #

    def action_open_coupons(self):
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'wx.coupon',
            'view_mode': 'list,form',
            'domain': [('wx_user_id', '=', self.id)],
            # After the domain: the export of terms takes strings in it for terms otherwise.
            'name': self.env._('Coupons'),
        }

    # === BUSINESS METHODS === #

    def _on_registered(self):
        """Override of `wx_base` to give the coupons of the registration."""
        result = super()._on_registered()
        self.env['wx.coupon.template']._give_on('registration', self, 'registration')
        return result

    def _set_birthday(self, birthday):
        """Keep what the customer says; a coupon a year hangs on it, so it is said once.

        :raise InvalidInput: nobody is born then
        :raise Conflict: another day is known already
        """
        self.ensure_one()
        if not FIRST_BIRTHDAY <= birthday <= datetime.now(SHOP_ZONE).date():
            text = self.env._('This cannot be your birthday.')
            raise InvalidInput(text, {'birthday': text})
        user_sudo = self.sudo()  # customers have no right to write
        if user_sudo.birthday and user_sudo.birthday != birthday:
            raise Conflict(self.env._('Your birthday is known already: ask our support.'))
        user_sudo.birthday = birthday

    # === CRON METHODS === #

    @api.model
    def _cron_birthdays(self):
        """Give the coupons of today's birthdays, and of those of the last days that were missed.

        The year of the birthday is in the key: whatever is repeated, each comes once a year.
        """
        today = datetime.now(SHOP_ZONE).date()
        templates = self.env['wx.coupon.template'].search(
            [('occasion', '=', 'birthday'), ('state', '=', 'open')], order='id'
        )
        days = [today - timedelta(days=late) for late in range(BIRTHDAY_LATE_DAYS + 1)]
        for template, day in product(templates, days):
            if template._is_issuing() and not self._give_birthday_coupons(template, day):
                self.env['ir.cron']._wake('wx_coupon.ir_cron_birthday_coupons')
                return

    @api.model
    def _give_birthday_coupons(self, template, day):
        """Give one template's coupons of one day, a batch of customers at a time.

        :return: False when the scheduled action's time is over
        """
        key = f'birthday:{day.year}'
        users = self.browse()
        while users := self._birthday_batch(template, day, key, users[-1:].id or 0):
            fitting = users.filtered(
                lambda user: template.filtered_domain(template._audience_domain(user))
            )
            template._give(fitting, 'birthday', [key])
            if not self.env['ir.cron']._commit_progress(len(users)):
                return False
        return True

    @api.model
    def _birthday_batch(self, template, day, key, last_id):
        """Return customers after `last_id` who have a birthday and not the coupon for it."""
        self.flush_model(['birthday_no', 'state', 'company_id'])
        rows = self.env.execute_query(
            SQL(
                """SELECT u.id FROM wx_user u
                   WHERE u.birthday_no = ANY(%(numbers)s) AND u.id > %(last_id)s
                     AND u.state = 'active' AND u.company_id = %(company)s
                     AND NOT EXISTS (SELECT 1 FROM wx_coupon c
                                     WHERE c.template_id = %(template)s AND c.wx_user_id = u.id
                                       AND c.grant_key = %(key)s)
                   ORDER BY u.id LIMIT %(limit)s""",
                numbers=_numbers(day),
                last_id=last_id,
                company=template.company_id.id,
                template=template.id,
                key=key,
                limit=JOB_BATCH,
            )
        )
        return self.browse(user_id for (user_id,) in rows)


def _numbers(day):
    """Return whose birthdays are kept on a day: 29 February's on the 28th in other years."""
    number = day.month * 100 + day.day
    next_day = day + timedelta(days=1)
    return [number, LEAP_DAY] if number == LEAP_DAY - 1 and next_day.day == 1 else [number]
