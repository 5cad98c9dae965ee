"""The virtual environment with the pinned packages and with Odoo on its path."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from . import odoo_source, paths
from .console import SetupError, step

OLDEST_PYTHON = (3, 11)
REQUIREMENTS = (
    'requirements-addons.txt',
    'requirements.txt',
    'requirements-dev.txt',
    'requirements-oca.txt',
)
STAMP = paths.VENV / '.complete'
PIP_REMEDY = (
    'check that pip reaches its package index (PIP_INDEX_URL, proxy), then try again; '
    'packages without a wheel for this machine also need a C compiler'
)


def ensure() -> None:
    """Make `.venv` and install the pinned packages unless that is done already.

    :raise SetupError: when Python is too old or pip cannot install
    """
    if sys.version_info < OLDEST_PYTHON:
        raise SetupError(
            f'Python {sys.version.split()[0]} is too old', 'install Python 3.11 or newer'
        )
    state = fingerprint()
    if STAMP.exists() and STAMP.read_text() == state:
        return
    STAMP.unlink(missing_ok=True)
    if not (paths.VENV / 'bin' / 'pip').exists():
        with step('Creating the virtual environment'):
            _create()
    # Out of pip's sight meanwhile: it would complain about needs of Odoo that other packages meet.
    _odoo_link().unlink(missing_ok=True)
    with step('Installing the pinned Python packages (a few minutes the first time)'):
        _pip('install', '-r', 'requirements-dev.txt')
        _pip('install', '--no-deps', '-r', 'requirements-oca.txt')
    # Puts Odoo on the environment's path and shows `odoo 19.0` to pip.
    _odoo_link().write_text(f'{paths.odoo_python_path()}\n')
    STAMP.write_text(state)


def fingerprint() -> str:
    """Return a text that changes whenever the environment has to be brought up to date."""
    digest = hashlib.sha256(repr((sys.version_info[:2], paths.odoo_python_path())).encode())
    for name in REQUIREMENTS:
        digest.update((paths.ROOT / name).read_bytes())
    return digest.hexdigest()


def _odoo_link() -> Path:
    folders = sorted(paths.VENV.glob('lib/python3*/site-packages'))
    return folders[0] / 'odoo_source.pth'


def _create() -> None:
    venv = [sys.executable, '-m', 'venv', '--clear', str(paths.VENV)]
    if subprocess.run(venv, capture_output=True).returncode == 0:
        return
    # Debian keeps the copy of pip that fills a new environment in a package of its own.
    done = subprocess.run([*venv, '--without-pip'], capture_output=True, text=True)
    if done.returncode:
        raise SetupError(
            f'python3 cannot make a virtual environment: {done.stderr.strip()}',
            'install the module venv (Debian: apt-get install python3-venv)',
        )
    wheel = _debian_pip()
    # A wheel is a zip file, and Python runs a package inside one.
    _run([str(paths.VENV_PYTHON), f'{wheel}/pip', 'install', '--no-index', str(wheel)])


def _debian_pip() -> Path:
    target = paths.CACHE / 'pip'
    odoo_source.unpack_release_package('python3-pip-whl', target)
    wheels = sorted(target.glob('usr/share/python-wheels/pip-*.whl'))
    if not wheels:
        raise SetupError("Debian's package of pip holds no wheel", 'apt-get install python3-venv')
    return wheels[-1]


def _pip(*arguments: str) -> None:
    _run([str(paths.VENV_PYTHON), '-m', 'pip', *arguments])


def _run(command: list[str]) -> None:
    environment = {
        **os.environ,
        'PIP_DISABLE_PIP_VERSION_CHECK': '1',
        'PIP_ROOT_USER_ACTION': 'ignore',
    }
    try:
        subprocess.run(command, cwd=paths.ROOT, env=environment, check=True)
    except subprocess.CalledProcessError as error:
        raise SetupError(f'pip ended with code {error.returncode}', PIP_REMEDY) from error
