import json
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import wx_message as wx_message_module
from .common import WxCase
from .message_common import SEND, MessageMixin

LOG = 'odoo.addons.wx_base.models.wx_message'
OK = {'errcode': 0, 'errmsg': 'ok'}


@tagged('post_install', '-at_install')
class TestMessage(MessageMixin, WxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpTemplate()

    def setUp(self):
        super().setUp()
        self.outside.calls.clear()
        self.outside.on('/cgi-bin/stable_token', {'access_token': 'T', 'expires_in': 7200})
        self.outside.on(SEND, OK)

    def _send(self, message):
        # The access token is fetched by a transaction of its own.
        with self.enter_registry_test_mode():
            self.assertEqual(self.run_jobs('wx.message'), message)

    # === SENDING === #

    def test_a_message_is_sent_with_the_mapped_texts(self):
        self._accept()
        message = self._queue()
        self.assertRecordValues(
            message, [{'state': 'pending', 'res_model': 'wx.app', 'res_id': self.app.id}]
        )
        self._send(message)
        self.assertEqual(message.state, 'sent')
        body = json.loads(self.outside.calls[-1][3])
        self.assertEqual(body['touser'], 'openid-of-user-a')
        self.assertEqual(body['template_id'], 'TPL')
        self.assertEqual(body['page'], 'pages/order?no=R1')
        self.assertEqual(
            body['data'], {'thing1': {'value': '泰国 100 铢'}, 'amount2': {'value': '¥21.50'}}
        )

    def test_without_a_template_nothing_is_written(self):
        self.assertFalse(self.env['wx.message']._queue(self.user_a, 'refunded', {}))

    @mute_logger(LOG)
    def test_a_message_that_cannot_be_composed_is_kept_as_failed(self):
        for changes, key in (({'package': ''}, 'thing1'), ({'amount': 'much'}, 'amount2')):
            message = self._queue(**changes)
            self.assertEqual(message.state, 'failed')
            self.assertIn(key, message.last_error)
            self.assertFalse(message.next_try_at)
            self.assertEqual(message.inbox_ids.title, 'Delivered')
        self.assertEqual(self.outside.count(SEND), 0)

    @mute_logger(LOG)
    def test_a_message_without_texts_is_not_tried_again(self):
        message = self._queue(amount='much')
        message.action_job_retry()
        self.assertRecordValues(message, [{'state': 'failed', 'next_try_at': False}])

    # === CONSENT === #

    def test_each_consent_is_spent_by_one_message(self):
        self._accept(times=2)
        for _number in range(3):
            self._send(self._queue())
        self.assertEqual(self.outside.count(SEND), 2)
        self.assertRecordValues(self._consent(), [{'count': 0, 'accepted': 2, 'spent': 2}])
        self.assertEqual(len(self._inbox()), 1)

    def test_without_consent_wechat_is_not_asked_and_the_inbox_has_it(self):
        self._accept(self.user_b)
        message = self._queue()
        self._send(message)
        self.assertRecordValues(message, [{'state': 'no_consent', 'next_try_at': False}])
        self.assertEqual(self.outside.count(SEND), 0)
        self.assertRecordValues(
            self._inbox(),
            [
                {
                    'title': 'Delivered',
                    'body': '泰国 100 铢 has arrived.',
                    'page': 'pages/order?no=R1',
                    'read_at': False,
                    'message_id': message.id,
                }
            ],
        )
        self.assertFalse(self._inbox(self.user_b))
        self.assertEqual(self._consent(self.user_b).count, 1)

    def test_a_sent_message_is_not_in_the_inbox(self):
        self._accept()
        self._send(self._queue())
        self.assertFalse(self._inbox())

    def test_wechat_corrects_the_count(self):
        self._accept(times=5)
        self.outside.on(SEND, {'errcode': 43101, 'errmsg': 'user refuse to accept the msg'})
        message = self._queue()
        self._send(message)
        self.assertRecordValues(message, [{'state': 'no_consent', 'next_try_at': False}])
        self.assertRecordValues(self._consent(), [{'count': 0, 'accepted': 5, 'spent': 0}])
        self.assertEqual(len(self._inbox()), 1)

    def test_a_consent_comes_back_when_wechat_refuses_for_another_reason(self):
        for errcode in (47003, 40037):
            with self.subTest(errcode=errcode):
                self._consent().unlink()
                self._accept()
                self.outside.on(SEND, {'errcode': errcode, 'errmsg': 'no'})
                message = self._queue()
                self._send(message)
                self.assertRecordValues(message, [{'state': 'failed', 'next_try_at': False}])
                self.assertRecordValues(self._consent(), [{'count': 1, 'spent': 0}])
                self.assertEqual(message.inbox_ids.title, 'Delivered')

    def test_a_timeout_or_busy_server_is_tried_again_for_one_consent(self):
        for answer in (TimeoutError, {'errcode': -1}, {'errcode': 43108}):
            with self.subTest(answer=answer):
                self._consent().unlink()
                self._accept()
                self.outside.on(SEND, answer)
                message = self._queue()
                self._send(message)
                self.assertEqual(message.state, 'pending')
                self.assertTrue(message.next_try_at)
                self.assertFalse(self._inbox())
                self.outside.on(SEND, OK)
                message.next_try_at = '2020-01-01'
                self._send(message)
                self.assertEqual(message.state, 'sent')
                self.assertRecordValues(self._consent(), [{'count': 0, 'spent': 1}])

    def test_the_consent_is_spent_before_the_call(self):
        self._accept()
        message = self._queue()
        seen = []

        def commit(env):
            env.flush_all()
            seen.append((message.consent_taken, self._consent().count, self.outside.count(SEND)))

        with patch.object(wx_message_module, 'commit_intent', commit):
            self._send(message)
        self.assertEqual(seen, [(True, 0, 0)])
        self.assertEqual(self.outside.count(SEND), 1)

    @mute_logger('odoo.addons.wx_base.models.wx_job_mixin')
    def test_a_message_given_up_is_in_the_inbox(self):
        self._accept()
        self.outside.on(SEND, TimeoutError)
        message = self._queue()
        message.try_count = 100
        self._send(message)
        self.assertRecordValues(message, [{'state': 'failed', 'dead': True}])
        self.assertEqual(len(self._inbox()), 1)

    def test_a_message_without_consent_is_sent_again_with_a_new_one(self):
        message = self._queue()
        self._send(message)
        self._accept()
        message.action_job_retry()
        self._send(message)
        self.assertEqual(message.state, 'sent')
        self.assertEqual(len(self._inbox()), 1)
