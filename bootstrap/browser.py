"""Chromium for the browser tests: the one named, the one installed, or Debian's package."""

import os
import shutil
import subprocess
from pathlib import Path

from . import paths
from .console import SetupError, say, step

NAMES = ('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable')
REMEDY = 'install Chromium (Debian: apt-get install chromium) or set CHROMIUM=<path of the program>'
# Odoo looks for a program of this name on PATH before any other.
LINK = paths.CACHE / 'bin' / 'google-chrome'


def ensure() -> Path | None:
    """Return the browser's program, installing it when the right to do so is there.

    :return: None when there is none and `CI` is not set; browser tests are skipped then
    :raise SetupError: when there is none and `CI` is set, or `CHROMIUM` names no program
    """
    program = find()
    if program is None and os.geteuid() == 0 and shutil.which('apt-get'):
        with step('Installing Chromium with apt-get'):
            _install()
        program = find()
    if program is not None:
        _link(program)
        return program
    if os.environ.get('CI') == 'true':
        raise SetupError('there is no Chromium for the browser tests', REMEDY)
    say(f'note: there is no Chromium, so browser tests are skipped; {REMEDY}')
    return None


def find() -> Path | None:
    """Return the program that `CHROMIUM` names, else an installed one.

    :raise SetupError: when `CHROMIUM` names no program
    """
    wanted = os.environ.get('CHROMIUM')
    if wanted:
        program = shutil.which(wanted)
        if not program:
            raise SetupError(f'CHROMIUM={wanted} is no program', REMEDY)
        return Path(program).absolute()
    found = filter(None, map(shutil.which, NAMES))
    return next((Path(program) for program in found), None)


def search_path() -> str:
    """Return a `PATH` on which Odoo finds the same browser as we do, and our linters."""
    folders = (str(LINK.parent), str(paths.VENV / 'bin'), os.environ.get('PATH', os.defpath))
    return os.pathsep.join(folders)


def _link(program: Path) -> None:
    if program == LINK:
        return
    LINK.parent.mkdir(parents=True, exist_ok=True)
    fresh = LINK.with_suffix('.new')
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(program)
    fresh.replace(LINK)


def _install() -> None:
    environment = {**os.environ, 'DEBIAN_FRONTEND': 'noninteractive'}
    # The pages are shown in Chinese as well, and a bare machine has no font for it.
    packages = ('chromium', 'fonts-wqy-microhei')
    install = ['apt-get', 'install', '-y', '--no-install-recommends', *packages]
    for command in (['apt-get', 'update'], install):
        subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False)
