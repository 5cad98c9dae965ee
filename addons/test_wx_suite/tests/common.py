from odoo.modules import Manifest

PREFIXES = ('rbac_ext', 'wx_', 'test_wx_suite')


def our_manifests():
    """Return the manifests of the suite's addons, by name."""
    return sorted(
        (m for m in Manifest.all_addon_manifests() if m.name.startswith(PREFIXES)),
        key=lambda manifest: manifest.name,
    )
