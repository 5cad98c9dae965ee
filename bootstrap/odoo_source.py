"""Obtain Odoo 19.0 from Debian's package through a private apt configuration.

Nothing of the machine's own apt set-up is changed: sources, lists and downloads
live below the checkout's cache. The mirror's address is read from the machine's
sources at run time. apt checks the archive's signatures as always.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

from . import paths
from .console import SetupError, say, step

SID_PACKAGES = (
    'odoo-19',
    'libjs-jquery',
    'libjs-jquery-form',
    'libjs-underscore',
    'fonts-roboto-unhinted',
    'fonts-montserrat',
    'fonts-inconsolata',
    'fonts-ocr-b',
)
# sid's version 7 of the icon font lacks the files that Odoo links to.
RELEASE_PACKAGES = ('fonts-font-awesome',)
KEYRING = Path('/usr/share/keyrings/debian-archive-keyring.gpg')
# A link that Debian leaves dangling and that nothing here follows: a receipt font of the point
# of sale, whose files are loaded by its own application only.
OPTIONAL_LINKS = ('/point_of_sale/static/',)
# Left out by Debian, but named in a bundle of the web client, which then complains in every
# browser's console. Only the blurred background of video calls would need its contents.
LEFT_OUT = 'odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js'
REMEDY = (
    'set ODOO_HOME to a checkout of Odoo 19.0 and try again, '
    'or run the suite in containers: docker compose up'
)


def ensure() -> None:
    """Unpack Odoo below the checkout unless it is there or `ODOO_HOME` names one.

    :raise SetupError: when Odoo cannot be obtained here
    """
    home = paths.odoo_home()
    if home:
        if not (home / 'odoo' / 'release.py').exists():
            raise SetupError(f'ODOO_HOME={home} is no Odoo checkout', REMEDY)
        return
    stamp = paths.ODOO_PREFIX / '.complete'
    if stamp.exists():
        return
    for tool in ('apt-get', 'dpkg-deb'):
        if not shutil.which(tool):
            raise SetupError(f'this machine has no {tool}, so Odoo cannot be fetched', REMEDY)
    release = _release()
    wanted = {name: 'sid' for name in SID_PACKAGES}
    wanted |= {name: release for name in RELEASE_PACKAGES}
    with step('Fetching Odoo 19.0 (about 130 MB) with apt'):
        archives = _download(release, wanted)
    with step(f'Unpacking {len(archives)} packages'):
        shutil.rmtree(paths.ODOO_PREFIX, ignore_errors=True)
        for archive in archives:
            _run(['dpkg-deb', '-x', str(archive), str(paths.ODOO_PREFIX)])
    check_links(paths.ODOO_DIST / 'odoo', paths.ODOO_PREFIX)
    fill_gap(paths.ODOO_DIST)
    stamp.write_text(''.join(f'{archive.name}\n' for archive in archives))


def fill_gap(folder: Path) -> None:
    """Put an empty file where Debian's package lacks one.

    :param folder: the folder that holds the Python package `odoo`
    """
    path = folder / LEFT_OUT
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('// Not in the distribution: video calls cannot blur the background.\n')


def version() -> str:
    """Return a text that changes with the version of Odoo in use."""
    stamp = paths.ODOO_PREFIX / '.complete'
    if paths.odoo_home() is None and stamp.exists():
        return stamp.read_text()
    return (paths.odoo_python_path() / 'odoo' / 'release.py').read_text()


def unpack_release_package(name: str, target: Path) -> None:
    """Unpack a package of the machine's own release into `target`."""
    release = _release()
    for archive in _download(release, {name: release}):
        _run(['dpkg-deb', '-x', str(archive), str(target)])


def _release() -> str:
    text = Path('/etc/os-release').read_text()
    match = re.search(r'^VERSION_CODENAME=(\S+)$', text, re.MULTILINE)
    if not match:
        raise SetupError('/etc/os-release names no release of Debian', REMEDY)
    return match.group(1)


def find_mirror(release: str, folder: Path = Path('/etc/apt')) -> str:
    """Return the address of the machine's Debian archive.

    :param release: code name of the machine's release, e.g. `bookworm`
    :param folder: apt's configuration folder
    :raise SetupError: when no source offers the release's main component
    """
    for path in sorted(folder.glob('sources.list.d/*.sources')):
        for stanza in re.split(r'\n\s*\n', path.read_text()):
            found = re.findall(r'^(\w[\w-]*):[ \t]*(.*)$', stanza, re.MULTILINE)
            values: dict[str, str] = dict(found)
            usable = 'deb' in values.get('Types', '').split() and values.get('Enabled') != 'no'
            if usable and release in values.get('Suites', '').split():
                return values['URIs'].split()[0]
    lists = [folder / 'sources.list', *sorted(folder.glob('sources.list.d/*.list'))]
    for path in filter(Path.exists, lists):
        line = re.compile(rf'^deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+{release}\s', re.MULTILINE)
        match = line.search(path.read_text())
        if match:
            return match.group(1)
    raise SetupError(f'no apt source of this machine offers {release}', REMEDY)


def _download(release: str, wanted: dict[str, str]) -> list[Path]:
    """Fetch packages through a private apt configuration.

    :param release: code name of the machine's release
    :param wanted: suite of each package, by the package's name
    :return: the packages' files
    """
    work = paths.CACHE / 'apt'
    mirror = find_mirror(release)
    for folder in ('lists/partial', 'archives/partial', 'debs', 'empty'):
        (work / folder).mkdir(parents=True, exist_ok=True)
    (work / 'status').touch()
    (work / 'sources.list').write_text(
        ''.join(f'deb [signed-by={KEYRING}] {mirror} {suite} main\n' for suite in ('sid', release))
    )
    _run([*_apt(work), 'update'])
    names = [f'{name}/{suite}' for name, suite in wanted.items()]
    _run([*_apt(work), 'download', *names], cwd=work / 'debs')
    archives = []
    for name in wanted:
        found = sorted((work / 'debs').glob(f'{name}_*.deb'), key=os.path.getmtime)
        if not found:
            raise SetupError(f'apt delivered no package {name}', REMEDY)
        archives.append(found[-1])
    return archives


def _apt(work: Path) -> list[str]:
    options = {
        'Dir::Etc::sourcelist': work / 'sources.list',
        'Dir::Etc::sourceparts': work / 'empty',
        'Dir::Etc::preferences': '/dev/null',
        'Dir::Etc::preferencesparts': work / 'empty',
        'Dir::State::lists': work / 'lists',
        'Dir::State::status': work / 'status',
        'Dir::Cache': work,
        'Dir::Cache::archives': work / 'archives',
        'APT::Sandbox::User': 'root' if os.geteuid() == 0 else '',
        'Acquire::Languages': 'none',
        'Acquire::Retries': '3',
    }
    return ['apt-get', *(f'-o{key}={value}' for key, value in options.items())]


def _run(command: list[str], cwd: Path | None = None) -> None:
    try:
        subprocess.run(command, cwd=cwd, check=True, stdin=subprocess.DEVNULL)
    except subprocess.CalledProcessError as error:
        raise SetupError(
            f'{command[0]} ended with code {error.returncode} (see its messages above)', REMEDY
        ) from error


def check_links(folder: Path, prefix: Path) -> None:
    """Repoint links to the machine's `/usr/share` into the prefix; fail on dangling ones.

    :param folder: Odoo's tree inside the prefix
    :param prefix: where the packages were unpacked
    :raise SetupError: when a static file that the web client needs is missing
    """
    needed = []
    for path in folder.rglob('*'):
        if not path.is_symlink():
            continue
        target = Path(os.readlink(path))
        if target.is_absolute() and not target.is_relative_to(prefix):
            inside = prefix / target.relative_to('/')
            path.unlink()
            path.symlink_to(os.path.relpath(inside, path.parent))
        if path.exists() or any(name in str(path) for name in OPTIONAL_LINKS):
            continue
        link = str(path.relative_to(prefix))
        if '/static/' in link:
            needed.append(link)
        else:
            say(f'    note: {link} points nowhere (not used by the web client)')
    if needed:
        raise SetupError(
            'files that the web client needs are missing: ' + ', '.join(sorted(needed)), REMEDY
        )
