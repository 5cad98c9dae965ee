from odoo.tests import tagged

from ..exceptions import Conflict, InvalidInput
from .common import ConcurrencyCase

ANSWER = '{"order_no": "R1"}'


@tagged('post_install', '-at_install', '-standard', 'wx_concurrency')
class TestIdempotencyConcurrency(ConcurrencyCase):
    def setUp(self):
        super().setUp()
        with self.environment() as env:
            app = env['wx.app'].create({'name': 'Keys', 'appid': 'wxconcurrency0001x'})
            user = env['wx.user'].create({'app_id': app.id, 'openid': 'key-user'})
            self.app_id, self.user_id = app.id, user.id
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self.environment() as env:
            env['wx.user'].browse(self.user_id).unlink()
            env['wx.app'].browse(self.app_id).unlink()

    def _request(self, key, body, effects):
        def serve(env):
            user = env['wx.user'].browse(self.user_id)
            keys = env['wx.idempotency.key']
            claim, answer = keys._claim(user, 'POST /orders', key, body)
            if not answer:
                env.cr.execute('UPDATE wx_user SET nickname = %s WHERE id = %s', [key, user.id])
                claim._store(ANSWER)
                env.cr.postcommit.add(lambda: effects.append(key))
            return claim.answer

        return serve

    def test_one_key_at_the_same_time_has_one_effect(self):
        effects = []
        answers = self.run_parallel([self._request('same-key-0001', b'{}', effects)] * 6)
        self.assertEqual(answers, [ANSWER] * 6)
        self.assertEqual(effects, ['same-key-0001'])
        with self.environment() as env:
            self.assertEqual(
                env['wx.idempotency.key'].search_count([('wx_user_id', '=', self.user_id)]), 1
            )

    def test_the_same_key_with_another_body_is_refused(self):
        effects = []
        first = self._request('one-key-0002', b'{"package_id": 1}', effects)
        second = self._request('one-key-0002', b'{"package_id": 2}', effects)
        self.assertEqual(self.run_parallel([first]), [ANSWER])
        [refusal] = self.run_parallel([second])
        self.assertIsInstance(refusal, Conflict)
        self.assertEqual(effects, ['one-key-0002'])

    def test_a_key_has_its_shape(self):
        for key in ('', 'short', 'x' * 65, 'with space 1', 'emoji-🐼-key'):
            with self.subTest(key=key):
                [refusal] = self.run_parallel([self._request(key, b'', [])])
                self.assertIsInstance(refusal, InvalidInput)
