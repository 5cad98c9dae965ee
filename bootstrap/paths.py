"""Where things lie in a checkout. Everything that is made here is ignored by git."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / '.cache'
ADDONS = ROOT / 'addons'
VENV = ROOT / '.venv'
VENV_PYTHON = VENV / 'bin' / 'python'
ODOO_PREFIX = ROOT / '.odoo'
ODOO_DIST = ODOO_PREFIX / 'usr' / 'lib' / 'python3' / 'dist-packages'
DATA_DIR = CACHE / 'odoo-data'
LOGS = CACHE / 'logs'

OUR_ADDONS = ('rbac_ext', 'wx_base', 'wx_payment', 'wx_member', 'wx_coupon', 'wx_recharge')


def odoo_home() -> Path | None:
    """Return the Odoo checkout named by `ODOO_HOME`, if any."""
    home = os.environ.get('ODOO_HOME')
    return Path(home).resolve() if home else None


def odoo_python_path() -> Path:
    """Return the folder that holds the Python package `odoo`."""
    return odoo_home() or ODOO_DIST


def addons_path() -> str:
    """Return Odoo's `addons_path`: Odoo's own business modules, the OCA's, then ours.

    Debian's package holds the usable modules below `odoo/addons`; its sibling
    `addons` has Python files only and must not be on the path.
    """
    home = odoo_home()
    own = home / 'addons' if home else ODOO_DIST / 'odoo' / 'addons'
    folders = [own, *VENV.glob('lib/python3*/site-packages/odoo/addons')]
    # Odoo complains about a folder without any addon.
    if any(ADDONS.glob('*/__manifest__.py')):
        folders.append(ADDONS)
    return ','.join(str(folder) for folder in folders)
