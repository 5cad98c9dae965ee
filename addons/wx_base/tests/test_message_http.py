from odoo.tests import tagged

from .common import WxHttpCase
from .message_common import MessageMixin

CONSENTS = '/messages/consents'


@tagged('post_install', '-at_install')
class TestMessageHttp(MessageMixin, WxHttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpTemplate()
        cls.env.flush_all()

    def _post(self, key='key-0001', user=None, **consents):
        return self.api(
            'POST',
            CONSENTS,
            user=user or self.user_a,
            body={'consents': consents},
            headers={'Idempotency-Key': key, 'Accept-Language': 'en-US'},
        )

    # === CONSENTS === #

    def test_each_accept_counts_once(self):
        for key, answer, count in (
            ('key-0001', 'accept', 1),
            ('key-0001', 'accept', 1),
            ('key-0002', 'accept', 2),
            ('key-0003', 'reject', 2),
            ('key-0004', 'ban', 2),
        ):
            status, envelope = self._post(key, TPL=answer)
            self.assertEqual(status, 200, envelope)
            self.assertEqual(
                envelope['data']['items'],
                [
                    {
                        'event': 'delivered',
                        'template_id': 'TPL',
                        'name': 'Delivered',
                        'count': count,
                    }
                ],
            )
        self.assertRecordValues(
            self._consent(), [{'count': 2, 'accepted': 2, 'spent': 0, 'answer': 'ban'}]
        )
        _status, envelope = self.api('GET', CONSENTS, user=self.user_b)
        self.assertEqual(envelope['data']['items'][0]['count'], 0)

    def test_unknown_templates_and_answers_are_refused(self):
        other = self.env['wx.app'].create({'name': 'Other', 'appid': 'wx0123456789abcdef'})
        self._create_template({}, code='delivered', app_id=other.id, template_id='FOREIGN')
        for consents, status, code in (
            ({'FOREIGN': 'accept'}, 404, 4),
            ({'TPL': 'accept', 'NONE': 'accept'}, 404, 4),
            ({'TPL': 'perhaps'}, 400, 1),
            ({}, 400, 1),
            ({f'T{number}': 'accept' for number in range(6)}, 400, 1),
        ):
            with self.subTest(consents=consents):
                got, envelope = self._post(f'key-{abs(hash(str(consents)))}', **consents)
                self.assertEqual((got, envelope['code']), (status, code))
        self.assertFalse(self._consent())

    # === INBOX === #

    def _deliver(self, *titles, user=None):
        inbox = self.env['wx.inbox.message']
        return [inbox._deliver(user or self.user_a, title, 'Text', 'pages/x') for title in titles]

    def _titles(self, query=''):
        _status, envelope = self.api('GET', f'/messages{query}', user=self.user_a)
        return [row['title'] for row in envelope['data']['items']], envelope['data']['next_cursor']

    def _unread(self, user=None):
        _status, envelope = self.api('GET', '/messages/unread', user=user or self.user_a)
        return envelope['data']['count']

    def test_the_inbox_is_listed_newest_first_in_pages(self):
        self._deliver('One', 'Two', 'Three')
        self._deliver('Theirs', user=self.user_b)
        first, cursor = self._titles('?limit=2')
        second, end = self._titles(f'?limit=2&cursor={cursor}')
        self.assertEqual((first, second, end), (['Three', 'Two'], ['One'], None))

    def test_a_message_says_what_it_has_to(self):
        [row] = self._deliver('One')
        _status, envelope = self.api('GET', '/messages', user=self.user_a)
        [shown] = envelope['data']['items']
        self.assertRegex(shown.pop('created_at'), r'\+08:00$')
        self.assertEqual(
            shown,
            {'id': row.id, 'title': 'One', 'body': 'Text', 'page': 'pages/x', 'read_at': None},
        )

    def test_messages_are_marked_as_read(self):
        one, _two, _three = self._deliver('One', 'Two', 'Three')
        self.assertEqual(self._unread(), 3)
        status, envelope = self.api(
            'POST', '/messages/read', user=self.user_a, body={'ids': [one.id]}
        )
        self.assertEqual((status, envelope['data']), (200, {'count': 2}))
        self.assertEqual(self._titles('?unread=true')[0], ['Three', 'Two'])
        _status, envelope = self.api('POST', '/messages/read', user=self.user_a, body={})
        self.assertEqual(envelope['data'], {'count': 0})

    def test_another_customers_message_is_not_found_and_not_moved(self):
        [mine], [theirs] = self._deliver('Mine'), self._deliver('Theirs', user=self.user_b)
        status, envelope = self.api(
            'POST', '/messages/read', user=self.user_a, body={'ids': [mine.id, theirs.id]}
        )
        self.assertEqual((status, envelope['code']), (404, 4))
        self.assertEqual((self._unread(), self._unread(self.user_b)), (1, 1))
        self.api('POST', '/messages/read', user=self.user_a, body={})
        self.assertEqual((self._unread(), self._unread(self.user_b)), (0, 1))
