from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.wx_base.exceptions import Conflict, NotFound
from odoo.addons.wx_base.tools.transaction import lock_rows

from ..const import PAID_STATES
from ..utils import batched


class WxCouponTemplate(models.Model):
    """Issuing: claims, gifts and events; the total is counted under the template's lock."""

    _inherit = 'wx.coupon.template'

    # === BUSINESS METHODS - CLAIM CENTRE === #

    @api.model
    def _claimable_domain(self, wx_user):
        """Return which templates the claim centre shows to a customer."""
        now = fields.Datetime.now()
        user_sudo = wx_user.sudo()  # customers may not read companies
        return [
            ('state', '=', 'open'),
            ('claimable', '=', True),
            ('company_id', '=', user_sudo.company_id.id),
            '|', ('claim_from', '=', False), ('claim_from', '<=', now),
            '|', ('claim_until', '=', False), ('claim_until', '>', now),
            '|', ('validity', '=', 'relative'), ('valid_until', '>', now),
            *self._audience_domain(user_sudo),
        ]  # fmt: skip

    @api.model
    def _audience_domain(self, user_sudo):
        """Return which templates are for a customer."""
        audiences = Domain('audience', '=', 'all')
        if level := user_sudo._member_level():
            audiences |= Domain('audience', '=', 'level') & Domain('level_ids', 'in', level.ids)
        if self._is_new_customer(user_sudo):
            audiences |= Domain('audience', '=', 'new')
        return list(audiences)

    @api.model
    def _list_claimable(self, wx_user, last_id, limit):
        """Return `(templates, whether more follow)` after `last_id`, paged by key."""
        domain = Domain(self._claimable_domain(wx_user))
        if last_id:
            # It may have left the claim centre meanwhile.
            place = self.sudo().browse(last_id).exists().sequence
            same = Domain('sequence', '=', place) & Domain('id', '>', last_id)
            domain &= Domain('sequence', '>', place) | same
        found = self.search(domain, order='sequence, id', limit=limit + 1)
        return found[:limit], len(found) > limit

    def _own_claims(self, wx_user):
        """Return how many of each template the customer has claimed."""
        return dict(
            self.env['wx.coupon']._read_group(
                [
                    ('template_id', 'in', self.ids),
                    ('wx_user_id', '=', wx_user.id),
                    ('claim_no', '>', 0),
                ],
                ['template_id'],
                ['__count'],
            )
        )

    def _claim(self, wx_user):
        """Issue a coupon to the customer who asks for it.

        :raise NotFound: there is no such template for this customer
        :raise Conflict: none is left, or the customer has as many as one may have
        """
        if not self.search([('id', 'in', self.ids), *self._claimable_domain(wx_user)]):
            raise NotFound(self.env._('There is no such coupon to claim.'))
        template_sudo = self.sudo()  # customers may not write
        claim_no = template_sudo._next_claim_no(wx_user)
        if not template_sudo._take(1):
            raise Conflict(self.env._('All of these coupons are taken.'))
        return template_sudo._issue([template_sudo._prepare_claim_vals(wx_user, claim_no)])

    def _next_claim_no(self, wx_user):
        """Return the number of the customer's next claim of this template.

        The unique index on it decides between two claims at the same time.

        :raise Conflict: the customer has as many as one may have
        """
        self.ensure_one()
        own = self.env['wx.coupon'].search_count(
            [
                ('template_id', '=', self.id),
                ('wx_user_id', '=', wx_user.id),
                ('claim_no', '>', 0),
            ]
        )
        if own >= self.user_qty:
            raise Conflict(self.env._('You have had as many of these coupons as one may have.'))
        return own + 1

    def _prepare_claim_vals(self, wx_user, claim_no):
        return {
            'wx_user_id': wx_user.id,
            'source': 'claim',
            'claim_no': claim_no,
            'claim_limit': self.user_qty,
        }

    @api.model
    def _is_new_customer(self, wx_user):
        """Tell whether the customer has paid for nothing yet."""
        # Customers may not read payments; only whether there is one is told.
        return (
            not self.env['wx.payment.order']
            .sudo()
            .search_count(
                [('wx_user_id', '=', wx_user.id), ('state', 'in', list(PAID_STATES))], limit=1
            )
        )

    # === BUSINESS METHODS - ISSUING === #

    def _take(self, wanted):
        """Count coupons against the total, and return how many of them may be issued.

        Templates without a total are not counted, so that nobody waits for another; only who
        enters a total waits for them.
        """
        self.ensure_one()
        if not self.total_qty:
            lock_rows(self, shared=True)
            return wanted
        if self.taken_qty >= self.total_qty:
            return 0
        lock_rows(self)
        if self.is_recount:
            # Who entered the total could not see what was issued until the lock was theirs; this
            # transaction, which sees the total, does.
            issued = min(self._count_issued(), self.total_qty)
            self.write({'taken_qty': issued, 'is_recount': False})
        taken = min(wanted, self.total_qty - self.taken_qty)
        if taken:
            self.taken_qty += taken
            self.flush_recordset(['taken_qty'])
        return taken

    def _count_issued(self):
        self.ensure_one()
        # Of all customers, whoever asks.
        return self.env['wx.coupon'].sudo().search_count([('template_id', '=', self.id)])

    def _issue(self, rows):
        """Insert coupons that are counted already, and return those that are new.

        A row whose `grant_key` or claim exists already is passed over; one that another
        transaction has just inserted makes this one start over.

        :param rows: owner, source and what else is not the template's
        """
        self.ensure_one()
        facts = self._prepare_facts()
        coupons = self.env['wx.coupon']
        return coupons.union(
            *(coupons._insert([{**facts, **row} for row in some]) for some in batched(rows))
        )

    def _give(self, users, source, keys, **values):
        """Give each customer one coupon for each of `keys`, once ever; as long as there are any.

        :param users: customers of the template's company
        :param str source: key of `const.SOURCES`
        :param keys: what the coupons are given for
        :return: `(coupons given now, how many were wanted and not there)`
        """
        self.ensure_one()
        given = set(
            self.env['wx.coupon']._read_group(
                [
                    ('template_id', '=', self.id),
                    ('wx_user_id', 'in', users.ids),
                    ('grant_key', 'in', keys),
                ],
                ['wx_user_id', 'grant_key'],
            )
        )
        rows = [
            {'wx_user_id': user.id, 'source': source, 'grant_key': key, **values}
            for user in users
            for key in keys
            if (user, key) not in given
        ]
        taken = self._take(len(rows))
        return self._issue(rows[:taken]), len(rows) - taken

    @api.model
    def _give_on(self, occasion, user, key):
        """Give a customer the coupons of an event; never fails for want of coupons."""
        domain = [
            ('occasion', '=', occasion),
            ('company_id', '=', user.company_id.id),
            ('state', '=', 'open'),
        ]
        for template in self.search(domain, order='id'):
            if template._is_issuing() and template.filtered_domain(self._audience_domain(user)):
                template._give(user, occasion, [key])

    def _prepare_facts(self):
        """Return what a coupon copies from its template."""
        self.ensure_one()
        return {
            'template_id': self.id,
            'company_id': self.company_id.id,
            'currency_id': self.currency_id.id,
            'kind': self.kind,
            'amount_fen': self.amount_fen if self.kind == 'fixed' else 0,
            'percent': self.percent if self.kind == 'percent' else 0,
            'cap_fen': self.cap_fen if self.kind == 'percent' else 0,
            'threshold_fen': self.threshold_fen,
            'stackable': self.stackable,
            'scope': self._scope(),
            **self._prepare_validity(),
        }

    def _prepare_validity(self):
        now = fields.Datetime.now()
        if self.validity == 'relative':
            days = self.valid_days
            return {
                'valid_from': now,
                'valid_until': now + timedelta(days=days),
                'valid_days': days,
            }
        valid_from = self.valid_from or now
        return {'valid_from': valid_from, 'valid_until': self.valid_until, 'valid_days': 0}

    def _scope(self):
        """Return what the coupons are good for, as plain JSON; empty: for everything.

        Addons that sell something add their keys, and read them in `wx.coupon._covers`.
        """
        self.ensure_one()
        return {}

    def _is_issuing(self):
        """Tell whether coupons may be issued now that are worth something."""
        self.ensure_one()
        past = self.validity == 'absolute' and self.valid_until <= fields.Datetime.now()
        return self.state == 'open' and not past
