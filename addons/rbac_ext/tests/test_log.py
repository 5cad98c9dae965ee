import json
from unittest.mock import patch

import psycopg2

from odoo.exceptions import AccessError
from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .. import masking
from .log_common import CODE, GuardedCase


@tagged('post_install', '-at_install')
class TestLog(GuardedCase):
    def test_an_act_leaves_one_line(self):
        self.partner.with_user(self.anna).rbac_test_pay(5, note='x')
        line = self._lines()
        self.assertRecordValues(
            line,
            [
                {
                    'user_id': self.anna.id,
                    'login': 'anna',
                    'roles': 'Payer',
                    'code': CODE,
                    'model': 'res.partner',
                    'method': 'rbac_test_pay',
                    'res_id': self.partner.id,
                    'res_ids': False,
                    'res_names': 'Payee',
                    'result': 'ok',
                    'error': False,
                    'address': False,
                }
            ],
        )
        self.assertEqual(json.loads(line.arguments), {'amount': 5, 'note': 'x'})
        self.assertTrue(line.time)
        self.assertGreaterEqual(line.duration_ms, 0)
        self.assertEqual(len(line.request_id), 32)

    def test_what_an_act_calls_leaves_no_line_of_its_own(self):
        self.partner.with_user(self.anna).rbac_test_outer()
        self.assertEqual(self._lines().mapped('method'), ['rbac_test_outer'])

    def test_what_an_act_makes_is_what_its_line_is_about(self):
        giver = self._create_user('giver', self._create_role('Giver', self.grant))
        given = (
            self.env['res.users.role.line']
            .with_user(giver)
            .create({'user_id': self.clerk.id, 'role_id': self.payer_role.id})
        )
        line = self.env['rbac.log'].search([('login', '=', 'giver')])
        self.assertRecordValues(
            line,
            [
                {
                    'code': 'rbac.role.grant',
                    'model': 'res.users.role.line',
                    'res_id': given.id,
                    'res_names': 'Payer',
                }
            ],
        )

    def test_an_account_without_default_roles_leaves_no_line_of_roles(self):
        self.env['res.users.role'].search([]).is_default = False
        before = self.env['rbac.log'].search_count([])
        self._create_user('plain')
        self.assertEqual(self.env['rbac.log'].search_count([]), before)

    def test_many_records_are_named_up_to_a_number(self):
        partners = self.env['res.partner'].create([{'name': f'P{i:02}'} for i in range(12)])
        self.partner.search([])  # a prefetch of others must not matter
        line = self.env['rbac.log']._prepare_line(partners, CODE, 'x', {})
        self.assertTrue(line['res_names'].endswith('P09 (+2)'))
        self.assertEqual(json.loads(line['res_ids']), partners.ids)

    def test_a_refused_attempt_is_written_after_the_rollback(self):
        error = self._fail_as(self.clerk, lambda env: self.partner.with_env(env).rbac_test_pay(5))
        self.assertIsInstance(error, AccessError)
        line = self._lines()
        self.assertRecordValues(line, [{'login': 'clerk', 'roles': 'Clerk', 'result': 'refused'}])
        self.assertIn(CODE, line.error)

    def test_a_failed_act_is_written_after_the_rollback(self):
        def work(env):
            self.partner.with_env(env).name = 'Changed'
            self.partner.with_env(env).rbac_test_pay(13)

        self._fail_as(self.anna, work)
        self.assertRecordValues(self._lines(), [{'result': 'error', 'error': '13'}])
        self.assertEqual(self.partner.name, 'Payee')

    def test_a_serialization_failure_is_no_outcome(self):
        failure = psycopg2.errors.SerializationFailure('start over')
        with patch.object(self.registry['res.partner'], 'write', side_effect=failure):
            with self.assertRaises(psycopg2.OperationalError):
                self.partner.with_user(self.anna).rbac_test_pay(5)
        self.env.cr.postrollback.run()
        self.assertFalse(self._lines())

    def test_secrets_are_masked_by_name_by_field_and_at_any_depth(self):
        self.partner.with_user(self.anna).rbac_test_pay(
            5, note={'deep': [{'api_key': 'hunter2', 'plain': 'shown'}]}, password='hunter2'
        )
        arguments = self._lines().arguments
        self.assertNotIn('hunter2', arguments)
        self.assertIn('shown', arguments)
        users = self.env['res.users']
        self.assertNotIn('hunter2', str(masking.masked({'password': 'hunter2'}, users)))

    def test_secret_names(self):
        for name in ('password', 'app_secret', 'access_token', 'private_key', 'key', 'apiv3_key'):
            self.assertTrue(masking.is_secret_name(name), name)
        for name in ('name', 'keyword', 'monkey', 'pinned', 'amount', 'note'):
            self.assertFalse(masking.is_secret_name(name), name)

    def test_a_scheduled_action_leaves_a_line_too(self):
        self.partner.rbac_test_pay(5)
        self.assertEqual(self._lines().user_id, self.env.ref('base.user_root'))


@tagged('post_install', '-at_install')
class TestLogHttp(HttpCase, GuardedCase):
    def _call(self, method, *args, model='res.partner', ids=None, headers=None, context=None):
        params = {
            'model': model,
            'method': method,
            'args': [ids or self.partner.ids, *args],
            'kwargs': {'context': context or {}},
        }
        return self.url_open(
            f'/web/dataset/call_kw/{model}/{method}',
            json={'params': params},
            headers={'X-Request-ID': 'given-by-the-client', **(headers or {})},
        ).json()

    def test_a_call_over_http_carries_address_and_request_id(self):
        self.authenticate('anna', 'anna')
        self.assertIs(self._call('rbac_test_pay', 5)['result'], True)
        line = self._lines()
        self.assertEqual(line.request_id, 'given-by-the-client')
        self.assertEqual(line.address, '127.0.0.1')

    def test_a_harmful_request_id_is_replaced(self):
        self.authenticate('anna', 'anna')
        self._call('rbac_test_pay', 5, headers={'X-Request-ID': '<script>'})
        self.assertRegex(self._lines().request_id, r'^[0-9a-f]{32}$')

    @mute_logger('odoo.http')
    def test_a_refused_call_over_http_leaves_its_line(self):
        self.authenticate('clerk', 'clerk')
        self.assertIn('error', self._call('rbac_test_pay', 5))
        self.env.invalidate_all()
        self.assertRecordValues(
            self._lines(), [{'login': 'clerk', 'result': 'refused', 'address': '127.0.0.1'}]
        )

    @mute_logger('odoo.http')
    def test_rpc_gets_the_request_and_its_own_consent_is_refused(self):
        self._limit()
        self.authenticate('anna', 'anna')
        forged = {'rbac_inside': '<seal>', 'rbac_reason': 'due'}
        action = self._call('rbac_test_pay', 5000, context=forged)['result']
        self.assertEqual(action['res_model'], 'rbac.approval')
        request = {'model': 'rbac.approval', 'ids': [action['res_id']]}
        answer = self._call('action_approve', **request)
        self.assertIn('AccessError', answer['error']['data']['name'])
        answer = self._call('write', {'state': 'approved'}, **request)
        self.assertIn('AccessError', answer['error']['data']['name'])
        self.authenticate('ben', 'ben')
        self.assertIs(self._call('action_approve', **request)['result'], True)
        self.env.invalidate_all()
        self.assertEqual(self.partner.ref, '1')

    def test_the_export_of_the_list_works(self):
        self.partner.with_user(self.anna).rbac_test_pay(5)
        self.authenticate('the_auditor', 'the_auditor')
        data = {
            'model': 'rbac.log',
            'fields': [{'name': 'login', 'label': 'User'}, {'name': 'result', 'label': 'Result'}],
            'ids': False,
            'domain': [('code', '=', CODE)],
            'import_compat': False,
            'groupby': [],
        }
        answer = self.url_open(
            '/web/export/csv',
            data={'data': json.dumps(data), 'csrf_token': Request.csrf_token(self)},
        )
        self.assertIn('"anna","Done"', answer.text)
