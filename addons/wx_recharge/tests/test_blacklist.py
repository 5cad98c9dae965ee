from datetime import timedelta

import psycopg2

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict
from odoo.addons.wx_payment.values import Way

from .common import OTHER_PHONE, PHONE, RechargeCase


@tagged('post_install', '-at_install')
class TestBlacklist(RechargeCase):
    def _enter(self, kind='number', **values):
        return self.env['wx.recharge.blacklist'].create(
            {'kind': kind, 'reason': 'Charged back', **values}
        )

    def _check(self, user=None, phone=PHONE):
        user = user or self.user_a
        env = self._as_customer(user)
        env['wx.recharge.blacklist']._check(user.with_env(env), phone, self.country.with_env(env))

    def _assert_refused(self, **values):
        # `assertRaises` would roll back the transaction that remembers the refusal.
        try:
            self._check(**values)
        except Conflict as error:
            return str(error)
        return self.fail('not refused')

    # === WHAT MATCHES === #

    def test_nothing_matches_an_empty_list(self):
        env = self._as_customer(self.user_a)
        user, country = self.user_a.with_env(env), self.country.with_env(env)
        user.sudo().fetch(['company_id'])  # as the request's token did
        self.env.flush_all()
        with self.assertQueryCount(1):
            env['wx.recharge.blacklist']._check(user, PHONE, country)

    def test_number_is_refused_whoever_orders(self):
        self._enter(number=PHONE)
        self._assert_refused()
        self._assert_refused(user=self.user_b)
        self._check(phone=OTHER_PHONE)

    def test_prefix_refuses_the_numbers_that_begin_with_it(self):
        self._enter('prefix', number='+65812')
        self._assert_refused()
        self._assert_refused(phone=OTHER_PHONE)
        self._check(phone='+6591234567')

    def test_whole_number_as_prefix_of_a_longer_one_is_no_number(self):
        self._enter('prefix', number=PHONE)
        self._assert_refused()
        self._check(phone=OTHER_PHONE)

    def test_customer_is_refused_whatever_the_number(self):
        self._enter('user', wx_user_id=self.user_a.id)
        self._assert_refused(phone=OTHER_PHONE)
        self._check(user=self.user_b)

    def test_country_is_refused(self):
        entry = self._enter('country', country_id=self.country.id)
        self._assert_refused()
        bhutan = self.env['wx.recharge.country'].create({'country_id': self.env.ref('base.bt').id})
        entry.country_id = bhutan
        self._check()

    def test_entry_is_in_force_within_its_period_only(self):
        now = fields.Datetime.now()
        hour = timedelta(hours=1)
        entry = self._enter(number=PHONE)
        for date_from, date_until, refused in (
            (now - hour, now + hour, True),
            (now - hour, False, True),
            (now + hour, False, False),
            (False, now - hour, False),
        ):
            with self.subTest(date_from=date_from, date_until=date_until):
                entry.write({'date_from': date_from, 'date_until': date_until})
                if refused:
                    self._assert_refused()
                else:
                    self.assertIsNone(self._check())

    def test_archived_entry_refuses_nothing(self):
        self._enter(number=PHONE, active=False)
        self.assertIsNone(self._check())

    def test_entry_of_another_company_refuses_nothing_here(self):
        entry = self._enter(number=PHONE, company_id=self.user_a.company_id.id)
        self._assert_refused()
        entry.company_id = self.env['res.company'].create({'name': 'Elsewhere'})
        self.assertIsNone(self._check())

    def test_order_is_neither_placed_nor_paid(self):
        order = self._place()
        entry = self._enter(number=PHONE)
        orders = self.env['wx.recharge.order'].search_count([])
        for attempt in (self._place, lambda: order._pay(Way('wxpay_v3'))):
            with self.subTest(attempt=attempt), self.assertRaises(Conflict):
                attempt()
        self.assertEqual(self.env['wx.recharge.order'].search_count([]), orders)
        self.assertEqual(order.state, 'awaiting_payment')
        self.assertFalse(order.payment_order_id.attempt_ids)
        self.assertFalse(self.outside.calls)
        entry.active = False
        self.assertTrue(self._place())

    def test_order_that_is_paid_is_delivered(self):
        order, attempt = self.paid_order()
        self._enter(number=PHONE)
        self.run_attempt(attempt)
        self.tell_status('SUCCESSFUL')
        self.run_attempt(attempt)
        self.assertEqual(order.state, 'delivered')

    # === WHAT IS TOLD AND REMEMBERED === #

    def test_customer_learns_nothing_of_the_list(self):
        entry = self._enter(number=PHONE)
        message = self._assert_refused()
        self.assertEqual(message, 'This order cannot be placed. Please ask our support.')
        self.assertNotIn(entry.reason, message)

    def test_each_refused_order_is_remembered(self):
        entry = self._enter('prefix', number='+65812')
        self._assert_refused()
        self._assert_refused(user=self.user_b, phone=OTHER_PHONE)
        entry.invalidate_recordset()
        self.assertRecordValues(
            entry.hit_ids,
            [
                {'wx_user_id': self.user_b.id, 'phone': OTHER_PHONE},
                {'wx_user_id': self.user_a.id, 'phone': PHONE},
            ],
        )
        self.assertEqual(entry.hit_count, 2)
        self.assertEqual(entry.last_hit_at, max(entry.hit_ids.mapped('create_date')))

    def test_what_passes_leaves_no_trace(self):
        entry = self._enter(number=OTHER_PHONE)
        self._check()
        self.assertEqual((entry.hit_count, entry.last_hit_at), (0, False))

    def test_refused_orders_are_forgotten_after_a_year(self):
        entry = self._enter(number=PHONE)
        self._assert_refused()
        self._assert_refused()
        entry.invalidate_recordset()
        self.env.cr.execute(
            "UPDATE wx_recharge_blacklist_hit SET create_date = create_date - interval '366 days'"
            ' WHERE id = %s',
            [entry.hit_ids[0].id],
        )
        entry.hit_ids._gc_hits()
        entry.invalidate_recordset()
        self.assertEqual(entry.hit_count, 1)

    def test_refused_order_is_seen_in_the_company_of_its_customer_only(self):
        entry = self._enter(number=PHONE)
        self.assertFalse(entry.company_id)
        self._assert_refused()
        other = self.env['res.company'].create({'name': 'Elsewhere'})
        here = self._create_clerk('list_here', 'recharge.blacklist.view')
        there = self._create_clerk(
            'list_there',
            'recharge.blacklist.view',
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for clerk, count in ((here, 1), (there, 0)):
            with self.subTest(clerk=clerk.login):
                self.env.invalidate_all()
                seen = entry.with_user(clerk)
                self.assertEqual((seen.hit_count, len(seen.hit_ids)), (count, count))

    # === ENTERING === #

    def test_numbers_are_kept_as_orders_have_them(self):
        entry = self._enter(number='+65 8123-4567')
        self.assertEqual((entry.number, entry.subject), (PHONE, PHONE))
        entry.number = '+65 (8123) 4568'
        self.assertEqual(entry.number, OTHER_PHONE)
        self.assertEqual(self._enter('prefix', number='+65 81 2').number, '+65812')

    def test_nonsense_is_refused(self):
        for kind, number in (
            ('number', '81234567'),
            ('number', '+65'),
            ('prefix', '65'),
            ('prefix', '+65*'),
            ('prefix', '+0'),
            ('prefix', '+1234567890123456'),
        ):
            with self.subTest(kind=kind, number=number), self.assertRaises(ValidationError):
                self._enter(kind, number=number)

    def test_entry_is_about_one_thing(self):
        for kind, values in (
            ('number', {}),
            ('user', {}),
            ('country', {'number': None}),
            ('user', {'wx_user_id': self.user_a.id, 'country_id': self.country.id}),
        ):
            with (
                self.subTest(kind=kind, values=values),
                self.assertRaises(psycopg2.errors.CheckViolation),
                mute_logger('odoo.sql_db'),
                self.env.cr.savepoint(),
            ):
                self._enter(kind, **values).flush_recordset()

    def test_change_of_the_kind_empties_what_belonged_to_the_old_one(self):
        form = Form(self.env['wx.recharge.blacklist'])
        form.reason = 'Fraud'
        form.number = PHONE
        form.kind = 'user'
        form.wx_user_id = self.user_a
        entry = form.save()
        self.assertEqual((entry.number, entry.wx_user_id), (False, self.user_a))

    def test_thing_is_entered_once(self):
        first = self._enter(number=PHONE)
        with (
            self.assertRaises(psycopg2.errors.UniqueViolation),
            mute_logger('odoo.sql_db'),
            self.env.cr.savepoint(),
        ):
            self._enter(number='+65 8123 4567')
        first.active = False
        self.assertTrue(self._enter(number=PHONE))

    def test_list_is_imported_with_numbers_as_people_write_them(self):
        outcome = self.env['wx.recharge.blacklist'].load(
            ['kind', 'number', 'reason'],
            [['Number', '+65 8123 4567', 'Fraud'], ['Prefix', '+65 9', 'Not ours']],
        )
        self.assertFalse(outcome['messages'])
        entries = self.env['wx.recharge.blacklist'].browse(outcome['ids'])
        self.assertEqual(entries.mapped('number'), [PHONE, '+659'])
        outcome = self.env['wx.recharge.blacklist'].load(
            ['kind', 'number', 'reason'], [['Number', '12', 'Fraud']]
        )
        self.assertFalse(outcome['ids'])
        self.assertIn('12', outcome['messages'][0]['message'])
