import json
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import WxCase

SEND = '/cgi-bin/message/subscribe/send'


@tagged('post_install', '-at_install')
class TestMessage(WxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        templates = cls.env.registry['wx.message.template']
        cls.startClassPatcher(
            patch.object(templates, '_selection_code', lambda self: [('delivered', 'Delivered')])
        )
        cls.template = cls.env['wx.message.template'].create(
            {
                'name': 'Delivered',
                'app_id': cls.app.id,
                'code': 'delivered',
                'template_id': 'TPL',
                'page': 'pages/order?no={order_no}',
                'mapping': json.dumps({'thing1': '{package}', 'amount2': '¥{amount}'}),
            }
        )

    def setUp(self):
        super().setUp()
        self.outside.calls.clear()
        self.outside.on('/cgi-bin/stable_token', {'access_token': 'T', 'expires_in': 7200})

    def _queue(self, **changes):
        values = {'order_no': 'R1', 'package': '泰国 100 铢', 'amount': '21.50'} | changes
        return self.env['wx.message']._queue(self.user_a, 'delivered', values, self.app)

    def _send(self, message):
        # The access token is fetched by a transaction of its own.
        with self.enter_registry_test_mode():
            self.assertEqual(self.run_jobs('wx.message'), message)

    def test_a_message_is_sent_with_the_mapped_texts(self):
        self.outside.on(SEND, {'errcode': 0, 'errmsg': 'ok'})
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

    def test_documented_errors_are_final(self):
        for errcode, state in ((43101, 'no_consent'), (47003, 'failed'), (40037, 'failed')):
            with self.subTest(errcode=errcode):
                self.outside.on(SEND, {'errcode': errcode, 'errmsg': 'no'})
                message = self._queue()
                self._send(message)
                self.assertRecordValues(message, [{'state': state, 'next_try_at': False}])

    def test_a_timeout_or_busy_server_is_tried_again(self):
        for answer in (TimeoutError, {'errcode': -1}, {'errcode': 43108}):
            with self.subTest(answer=answer):
                self.outside.on(SEND, answer)
                message = self._queue()
                self._send(message)
                self.assertEqual(message.state, 'pending')
                self.assertTrue(message.next_try_at)
                message._job_done()

    def test_without_a_template_nothing_is_written(self):
        self.assertFalse(self.env['wx.message']._queue(self.user_a, 'refunded', {}))

    @mute_logger('odoo.addons.wx_base.models.wx_message')
    def test_a_message_that_cannot_be_composed_is_kept_as_failed(self):
        for changes in ({'package': ''}, {'amount': 'much'}):
            message = self._queue(**changes)
            self.assertEqual(message.state, 'failed')
            self.assertFalse(message.next_try_at)
        self.assertEqual(self.outside.count(SEND), 0)

    def test_a_mapping_is_checked_when_it_is_entered(self):
        for mapping in ('', '[]', '{"thing": "x"}', '{"thing1": 5}', 'no json'):
            with self.subTest(mapping=mapping), self.assertRaises(ValidationError):
                self.template.mapping = mapping
