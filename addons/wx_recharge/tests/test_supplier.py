from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..lib.topup.errors import TopupError
from .common import AUTO_DETECT, BALANCE, TOKEN, RechargeCase, error_reply


@tagged('post_install', '-at_install')
class TestSupplier(RechargeCase):
    # === CONNECTION === #

    def test_connection_test_stores_and_tells_the_balance(self):
        notice = self.supplier.action_test_connection()
        self.assertEqual(notice['params']['type'], 'success')
        self.assertIn('512.25 USD', notice['params']['message'])
        self.assertEqual(self.supplier.balance, 512.25)
        self.assertEqual(self.supplier.balance_currency_id.name, 'USD')

    def test_connection_test_tells_why_it_failed(self):
        self.outside.on(TOKEN, error_reply(401, 'INVALID_CREDENTIALS'))
        notice = self.supplier.action_test_connection()
        self.assertEqual(notice['params']['type'], 'danger')
        self.assertIn('INVALID_CREDENTIALS', notice['params']['message'])
        self.assertNotIn('client-secret', notice['params']['message'])

    def test_time_out_is_told_too(self):
        self.outside.on(BALANCE, TimeoutError)
        self.assertEqual(self.supplier.action_test_connection()['params']['type'], 'danger')

    def test_each_endpoint_has_its_own_address(self):
        self.supplier.endpoint = 'production'
        self.supplier._build_adapter().fetch_balance()
        urls = [url for _method, url, _headers, _body in self.outside.calls]
        self.assertEqual(
            urls,
            [
                'https://auth.reloadly.com/oauth/token',
                'https://topups.reloadly.com/accounts/balance',
            ],
        )
        self.assertIn(b'"audience": "https://topups.reloadly.com"', self.outside.calls[0][3])

    # === ACCOUNT === #

    def test_account_is_not_changed_while_it_owes_answers(self):
        _order, attempt = self.paid_order()
        self.run_attempt(attempt)
        self.assertEqual(attempt.state, 'accepted')
        for name, value in (
            ('adapter', 'manual'),
            ('endpoint', 'production'),
            ('client_id', 'another'),
        ):
            before = self.supplier[name]
            with self.subTest(field=name), self.assertRaises(UserError) as caught:
                self.supplier[name] = value
            self.assertIn('while 1 attempts are under way', str(caught.exception))
            self.assertEqual(self.supplier[name], before)

    def test_secret_and_equal_values_are_written_at_any_time(self):
        _order, attempt = self.paid_order()
        self.run_attempt(attempt)
        self.supplier.write(
            {
                'adapter': 'reloadly',
                'endpoint': 'simulator',
                'client_id': 'client',
                'client_secret': 'renewed',
                'paused': True,
            }
        )
        self.assertEqual(self.supplier.client_secret, 'renewed')

    def test_account_is_changed_before_and_after_attempts(self):
        _order, attempt = self.paid_order()
        self.supplier.client_id = 'before'
        self.run_attempt(attempt)
        self.tell_status('FAILED')
        self.run_attempt(attempt)
        self.assertEqual(attempt.state, 'failed')
        self.supplier.write({'client_id': 'after', 'endpoint': 'production'})
        self.assertEqual(self.supplier.client_id, 'after')

    # === TOKEN === #

    def test_token_is_fetched_once_and_kept(self):
        for _call in range(3):
            self.supplier._build_adapter().fetch_balance()
        self.assertEqual(self.outside.count(TOKEN), 1)
        self.assertEqual(self.outside.count(BALANCE), 3)

    def test_token_is_encrypted_at_rest(self):
        self.supplier._build_adapter().fetch_balance()
        self.env.cr.execute(
            'SELECT token FROM wx_recharge_supplier_token WHERE supplier_id = %s',
            [self.supplier.id],
        )
        self.assertNotIn('reloadly-token', self.env.cr.fetchone()[0])

    def test_expired_token_is_fetched_again(self):
        self.supplier._build_adapter().fetch_balance()
        tokens = self.env['wx.recharge.supplier.token'].search([])
        tokens.expires_at = fields.Datetime.now() - timedelta(seconds=1)
        tokens.flush_recordset()
        self.supplier._build_adapter().fetch_balance()
        self.assertEqual(self.outside.count(TOKEN), 2)

    def test_rejected_token_is_renewed_once(self):
        answers = [error_reply(401, 'TOKEN_EXPIRED'), {'balance': 1, 'currencyCode': 'USD'}]
        self.outside.on(BALANCE, lambda *request: answers.pop(0))
        self.supplier._build_adapter().fetch_balance()
        self.assertEqual(self.outside.count(TOKEN), 2)

    def test_new_credentials_forget_the_token(self):
        self.supplier._build_adapter().fetch_balance()
        self.supplier.client_secret = 'another'
        self.assertFalse(
            self.env['wx.recharge.supplier.token'].search([('supplier_id', '=', self.supplier.id)])
        )

    # === HEALTH === #

    def test_low_balance_makes_one_to_do(self):
        self.supplier.balance_min = 1000
        self.supplier._refresh_balance()
        self.supplier._refresh_balance()
        self.assertEqual(len(self.supplier.activity_ids), 1)

    def test_enough_balance_makes_none(self):
        self.supplier.balance_min = 100
        self.supplier._refresh_balance()
        self.assertFalse(self.supplier.activity_ids)

    def test_balances_are_refreshed_though_one_supplier_is_down(self):
        second = self._create_supplier(name='Second')
        self.outside.on(
            BALANCE,
            self._first_fails({'balance': 7, 'currencyCode': 'USD'}),
        )
        self.env['wx.recharge.supplier'].search([]).filtered(
            lambda supplier: supplier not in self.supplier + second
        ).active = False
        with mute_logger('odoo.addons.wx_recharge.models.wx_recharge_supplier_health'):
            self.env.ref('wx_recharge.ir_cron_refresh_balances').method_direct_trigger()
        self.assertEqual(sorted([self.supplier.balance, second.balance]), [0, 7])

    def _first_fails(self, answer):
        answers = [TimeoutError(), answer]
        return lambda *request: answers.pop(0)

    @mute_logger('odoo.addons.wx_recharge.models.wx_recharge_supplier_health')
    def test_pause_is_noted_with_its_reason_and_a_to_do(self):
        self.supplier._pause('no money left')
        self.supplier._pause('again')
        self.assertRecordValues(self.supplier, [{'paused': True, 'pause_reason': 'no money left'}])
        self.assertEqual(len(self.supplier.activity_ids), 1)
        self.supplier.action_resume()
        self.assertRecordValues(self.supplier, [{'paused': False, 'pause_reason': False}])

    def test_pause_by_a_person_names_the_person(self):
        self.supplier.action_pause()
        self.assertIn(self.env.user.name, self.supplier.pause_reason)

    def test_secrets_are_masked_in_what_the_server_sends(self):
        values = self.supplier.read(['client_id', 'client_secret', 'webhook_secret'])[0]
        self.assertEqual({values['client_id'], values['client_secret']}, {'•' * 8})
        self.assertEqual(self.supplier.client_secret, 'client-secret')

    def test_callback_address_is_not_guessable_and_unique(self):
        second = self._create_supplier(name='Second')
        self.assertNotEqual(second.callback_slug, self.supplier.callback_slug)
        self.assertGreaterEqual(len(second.callback_slug), 16)
        self.assertTrue(second.callback_url.endswith(f'/recharge/callback/{second.callback_slug}'))

    # === LOOKUP === #

    def test_lookup_error_is_typed(self):
        self.outside.on(AUTO_DETECT, TimeoutError)
        with self.assertRaises(TopupError):
            self.supplier._lookup_number('+6581234567', 'SG')
