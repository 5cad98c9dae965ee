from psycopg2.errors import UniqueViolation

from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.modules.migration import load_script
from odoo.tests import tagged
from odoo.tools import file_path, mute_logger

from ..tools.texts import fill, names_in
from .common import WxCase
from .message_common import MessageMixin

SCRIPT = 'wx_base/migrations/19.0.1.2.0/post-template_lines.py'


@tagged('post_install', '-at_install')
class TestMessageTemplate(MessageMixin, WxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpTemplate()

    def _add(self, key, text, template=None):
        (template or self.template).line_ids = [Command.create({'key': key, 'text': text})]

    # === CHECKS === #

    def test_contents_are_checked_before_they_are_saved(self):
        for key, text in (
            ('thing', '{package}'),
            ('idea1', '{package}'),
            ('thing0', '{package}'),
            ('thing3', '{unknown}'),
            ('thing3', '{package.__class__}'),
            ('thing3', '{package!r}'),
            ('thing3', '{package'),
            ('number3', '{package}'),
            ('phrase3', '{amount}'),
            ('character_string3', '{package}'),
        ):
            with self.subTest(key=key, text=text):
                with self.assertRaises(ValidationError) as caught:
                    self._add(key, text)
                self.assertIn(key, str(caught.exception))
        self.assertEqual(self.template.line_ids.mapped('key'), ['thing1', 'amount2'])

    @mute_logger('odoo.sql_db')
    def test_a_key_is_given_once(self):
        with self.assertRaises(UniqueViolation):
            self._add('thing1', 'again')

    def test_page_and_inbox_text_name_what_the_event_has(self):
        for field in ('page', 'inbox_text'):
            with self.subTest(field=field), self.assertRaises(ValidationError):
                self.template[field] = 'see {nothing}'
        self.template.inbox_text = '{package}: ¥{amount} ({order_no})'
        self.assertEqual(self.template.value_names, '{order_no}, {package}, {amount}')

    def test_another_event_has_other_values(self):
        template = self._create_template({}, code='silent', template_id='TPL2')
        self.assertEqual(template.value_names, '')
        self._add('thing1', 'Hello', template)
        with self.assertRaises(ValidationError):
            self._add('thing2', '{nothing}')
        template.line_ids.text = '{phone}'
        self.template.unlink()
        with self.assertRaises(ValidationError):
            template.code = 'delivered'

    def test_lines_show_what_wechat_takes_and_gets(self):
        thing, amount = self.template.line_ids
        self.assertEqual(thing.limit, 'thing, at most 20 characters')
        self.assertEqual(thing.example, 'AIS 100 THB')
        self.assertEqual(amount.example, '¥21.50')

    # === TEXTS === #

    def test_without_a_text_the_inbox_has_the_contents(self):
        self.template.inbox_text = False
        values = {'order_no': 'R1', 'package': 'P', 'amount': '1.00'}
        self.assertEqual(self.template._render_inbox(values), 'P\n¥1.00')

    def test_texts_name_their_values(self):
        self.assertEqual(names_in('{a} and {b}, {{c}}'), {'a', 'b'})
        self.assertEqual(fill('{a} {{c}}', {'a': '1'}), '1 {c}')
        with self.assertRaisesRegex(ValueError, '{b}'):
            fill('{b}', {'a': '1'})
        for text in ('{', '{}', '{0}', '{a.b}', '{a[0]}', '{a:>9}', '{a!r}'):
            with self.subTest(text=text), self.assertRaises(ValueError):
                names_in(text)

    # === MIGRATION === #

    def test_contents_of_before_become_lines(self):
        script = load_script(file_path(SCRIPT), 'post-template_lines')
        self.template.line_ids.unlink()
        self.env.flush_all()
        self.env.cr.execute('ALTER TABLE wx_message_template ADD COLUMN mapping text')
        self.env.cr.execute(
            'UPDATE wx_message_template SET mapping = %s WHERE id = %s',
            ['{"thing2": "{package}", "amount1": "¥{amount}"}', self.template.id],
        )
        script.migrate(self.env.cr, None)
        self.env.invalidate_all()
        self.assertFalse(self.template.line_ids)
        for _time in range(2):
            script.migrate(self.env.cr, '19.0.1.1.0')
            self.env.invalidate_all()
            self.assertRecordValues(
                self.template.line_ids,
                [
                    {'key': 'thing2', 'text': '{package}', 'sequence': 10},
                    {'key': 'amount1', 'text': '¥{amount}', 'sequence': 20},
                ],
            )
        self.assertEqual(self.template.line_ids.company_id, self.app.company_id)
        self.env.cr.execute('ALTER TABLE wx_message_template DROP COLUMN mapping')
        script.migrate(self.env.cr, '19.0.1.1.0')
