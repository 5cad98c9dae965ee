"""The pinned packages."""

import importlib.metadata
import re

from bootstrap import odoo_process, paths, python_env

# Odoo itself comes from its distribution, the tools that install packages with Python.
NOT_PINNED = {'odoo', 'pip', 'setuptools', 'wheel'}


def _normal(name):
    return re.sub(r'[-_.]+', '-', name).lower()


def _pins():
    for name in python_env.REQUIREMENTS:
        for line in (paths.ROOT / name).read_text().splitlines():
            requirement = line.partition('#')[0].strip()
            if requirement and not requirement.startswith('-r '):
                yield name, requirement


def test_every_requirement_is_pinned():
    loose = [pin for pin in _pins() if not re.fullmatch(r'[\w.-]+==[\w.]+', pin[1])]
    assert loose == []


def test_installed_packages_are_exactly_the_pinned_ones():
    pinned = {}
    for _file, requirement in _pins():
        name, _, version = requirement.partition('==')
        assert _normal(name) not in pinned, f'{name} is pinned twice'
        pinned[_normal(name)] = version
    installed = {
        _normal(found.metadata['Name']): found.version
        for found in importlib.metadata.distributions()
    }
    for name in NOT_PINNED:
        installed.pop(name, None)
    assert installed == pinned


def test_odoo_is_visible_to_pip():
    assert importlib.metadata.version('odoo') == '19.0'


def test_environment_is_refreshed_when_a_pin_changes(monkeypatch, tmp_path):
    for name in python_env.REQUIREMENTS:
        (tmp_path / name).write_text('one==1\n')
    monkeypatch.setattr(paths, 'ROOT', tmp_path)
    before = python_env.fingerprint()
    (tmp_path / python_env.REQUIREMENTS[0]).write_text('one==2\n')
    assert python_env.fingerprint() != before


def test_master_key_is_made_once_and_readable_by_its_owner_alone(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, 'CACHE', tmp_path)
    monkeypatch.setattr(odoo_process, 'MASTER_KEY', tmp_path / 'master_key')
    first = odoo_process.master_key().read_text()
    assert odoo_process.master_key().read_text() == first
    assert odoo_process.master_key().stat().st_mode & 0o777 == 0o600
    assert len(first.strip()) >= 43
