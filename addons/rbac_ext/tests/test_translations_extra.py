import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools import file_path

OCA = 'base_user_role'
LABELS = {
    'role_id': '角色',
    'date_from': '开始日期',
    'date_to': '结束日期',
    'is_enabled': '生效中',
}


def _terms(path, translated=True):
    """Return `(place, msgid)` of what people see; code is translated by its own addon."""
    return {
        (place, entry.msgid)
        for entry in polib.pofile(file_path(path))
        for place, _line in entry.occurrences
        if not place.startswith('code:') and (entry.msgstr or not translated)
    }


@tagged('post_install', '-at_install')
class TestTranslationsExtra(TransactionCase):
    """What the OCA's roles leave in English is translated in `i18n_extra`."""

    def test_no_label_of_the_oca_is_left_in_english(self):
        english = _terms(f'{OCA}/i18n/{OCA}.pot', translated=False)
        chinese = _terms(f'{OCA}/i18n/zh_CN.po') | _terms('rbac_ext/i18n_extra/zh_CN.po')
        # The sign on the button that closes a message.
        self.assertEqual({msgid for _place, msgid in english - chinese}, {'x'})

    def test_people_read_them(self):
        self.env['res.lang']._activate_lang('zh_CN')
        modules = self.env['ir.module.module'].search([('name', 'in', (OCA, 'rbac_ext'))])
        modules._update_translations(['zh_CN'])
        lines = self.env['res.users.role.line'].with_context(lang='zh_CN')
        described = lines.fields_get(list(LABELS), ['string'])
        self.assertEqual({name: field['string'] for name, field in described.items()}, LABELS)
