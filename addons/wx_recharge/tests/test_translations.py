import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools.misc import file_path


@tagged('post_install', '-at_install')
class TestTranslations(TransactionCase):
    def test_chinese_is_complete(self):
        template = polib.pofile(file_path('wx_recharge/i18n/wx_recharge.pot'))
        chinese = polib.pofile(file_path('wx_recharge/i18n/zh_CN.po'))
        translated = {entry.msgid for entry in chinese if entry.msgstr and not entry.fuzzy}
        self.assertEqual([entry.msgid for entry in template if entry.msgid not in translated], [])
