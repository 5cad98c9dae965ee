"""Odoo's own checks of its source (`test_lint`), let loose on our addons only.

The modules are imported, not their classes: an imported class would run on all of Odoo.
"""

from collections import ChainMap
from types import SimpleNamespace
from unittest.mock import patch

from odoo import tools
from odoo.modules import Manifest
from odoo.tests import tagged

from odoo.addons.test_lint.tests import (
    test_docstring,
    test_dunderinit,
    test_i18n,
    test_index,
    test_jstranslate,
    test_manifests,
    test_markers,
    test_naming,
    test_onchange_domains,
    test_orm_import,
    test_override_signatures,
    test_pofile,
    test_pylint,
    test_routes,
    test_test_holes,
)

from .common import our_manifests


class ConfigWithRoot(ChainMap):
    """Odoo's options with another root folder."""

    def __init__(self, config, root_path):
        super().__init__(config.options)
        self.root_path = root_path


class OurAddons:
    """Narrow what the checks read to our addons."""

    # Odoo's loader takes only tests of the class itself otherwise, in silence.
    allow_inherited_tests_method = True

    def setUp(self):
        super().setUp()
        manifests = our_manifests()
        self.assertGreaterEqual(len(manifests), 4)
        self.startPatcher(
            patch.object(Manifest, 'all_addon_manifests', staticmethod(lambda: manifests))
        )
        names = [manifest.name for manifest in manifests]
        self.startPatcher(patch.object(test_pofile, 'get_modules', lambda: names))
        self.startPatcher(patch.object(test_docstring, 'MODULES_TO_LINT', tuple(names)))
        # Pylint begins at Odoo's own root, which holds all business modules in some packagings.
        config = ConfigWithRoot(tools.config, root_path=manifests[0].path)
        narrowed = SimpleNamespace(**{**vars(tools), 'config': config})
        self.startPatcher(patch.object(test_pylint, 'tools', narrowed))


@tagged('post_install', '-at_install')
class TestDunderinit(OurAddons, test_dunderinit.TestDunderinit):
    pass


@tagged('post_install', '-at_install')
class TestMarkers(OurAddons, test_markers.TestConflictMarkers):
    pass


@tagged('post_install', '-at_install')
class TestManifests(OurAddons, test_manifests.ManifestLinter):
    pass


@tagged('post_install', '-at_install')
class TestI18n(OurAddons, test_i18n.TestI18n):
    pass


@tagged('post_install', '-at_install')
class TestJsTranslations(OurAddons, test_jstranslate.TestJsTranslations):
    pass


@tagged('post_install', '-at_install')
class TestPoFiles(OurAddons, test_pofile.PotLinter):
    pass


@tagged('post_install', '-at_install')
class TestOnchangeDomains(OurAddons, test_onchange_domains.TestOnchangeDomains):
    pass


@tagged('post_install', '-at_install')
class TestOrmImport(OurAddons, test_orm_import.TestDunderinit):
    pass


@tagged('post_install', '-at_install')
class TestHoles(OurAddons, test_test_holes.TestTestHoles):
    pass


@tagged('post_install', '-at_install')
class TestRoutes(OurAddons, test_routes.RoutesLinter):
    pass


@tagged('post_install', '-at_install')
class TestIndex(OurAddons, test_index.TestIndex):
    pass


@tagged('post_install', '-at_install')
class TestNaming(OurAddons, test_naming.TestNaming):
    pass


@tagged('post_install', '-at_install')
class TestDocstrings(OurAddons, test_docstring.TestDocstring):
    pass


@tagged('post_install', '-at_install')
class TestOverrideSignatures(OurAddons, test_override_signatures.TestLintOverrideSignatures):
    pass


@tagged('post_install', '-at_install')
class TestPylint(OurAddons, test_pylint.TestPyLint):
    pass
