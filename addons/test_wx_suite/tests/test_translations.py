import re
from pathlib import Path

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import TranslationModuleReader

from .common import our_manifests


@tagged('post_install', '-at_install')
class TestTranslations(TransactionCase):
    def setUp(self):
        super().setUp()
        self.addons = [m for m in our_manifests() if m.name != 'test_wx_suite']

    def _terms(self, addon):
        """Return the source terms that an export of the addon holds now."""
        reader = TranslationModuleReader(self.env.cr, modules=[addon], lang=None)
        return {src for _module, _kind, _name, _id, src, *_rest in reader if src.strip()}

    def test_the_template_holds_every_term(self):
        for manifest in self.addons:
            with self.subTest(addon=manifest.name):
                pot = polib.pofile(str(Path(manifest.path, 'i18n', f'{manifest.name}.pot')))
                listed = {entry.msgid for entry in pot}
                terms = self._terms(manifest.name)
                self.assertEqual(sorted(terms - listed), [], 'missing in the .pot')
                self.assertEqual(sorted(listed - terms), [], 'no longer in the source')

    def test_every_term_has_a_chinese_translation(self):
        for manifest in self.addons:
            with self.subTest(addon=manifest.name):
                folder = Path(manifest.path, 'i18n')
                listed = {e.msgid for e in polib.pofile(str(folder / f'{manifest.name}.pot'))}
                chinese = polib.pofile(str(folder / 'zh_CN.po'))
                done = {e.msgid for e in chinese if e.msgstr.strip() and not e.fuzzy}
                self.assertEqual(sorted(listed - done), [])
                self.assertEqual([e.msgid for e in chinese.obsolete_entries()], [])

    def test_placeholders_survive_the_translation(self):
        for manifest in self.addons:
            for entry in polib.pofile(str(Path(manifest.path, 'i18n', 'zh_CN.po'))):
                with self.subTest(addon=manifest.name, term=entry.msgid):
                    self.assertEqual(
                        sorted(self._placeholders(entry.msgid)),
                        sorted(self._placeholders(entry.msgstr)),
                    )

    def _placeholders(self, text):
        return re.findall(r'%\(\w+\)[sd]|\{\w+\}|%[sd]', text)
