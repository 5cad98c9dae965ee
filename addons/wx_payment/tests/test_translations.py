from babel.messages.pofile import read_po

from odoo.tests import BaseCase, tagged
from odoo.tools import file_open


@tagged('post_install', '-at_install')
class TestTranslations(BaseCase):
    def _read(self, name):
        with file_open(f'wx_payment/i18n/{name}', 'rb') as source:
            return {message.id: message for message in read_po(source) if message.id}

    def test_chinese_is_complete(self):
        template = self._read('wx_payment.pot')
        chinese = self._read('zh_CN.po')
        self.assertGreater(len(template), 100)
        for text in template:
            with self.subTest(text=text):
                self.assertIn(text, chinese)
                self.assertTrue(chinese[text].string, 'not translated')
                self.assertFalse(chinese[text].fuzzy, 'only guessed')

    def test_placeholders_survive_the_translation(self):
        for message in self._read('zh_CN.po').values():
            if message.python_format:
                with self.subTest(text=message.id):
                    for part in message.id.split('%(')[1:]:
                        self.assertIn('%(' + part.split(')')[0], message.string)
