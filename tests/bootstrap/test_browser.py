"""Finding Chromium."""

import pytest

from bootstrap import browser
from bootstrap.console import SetupError


@pytest.fixture
def machine_without_browser(monkeypatch, tmp_path):
    monkeypatch.setattr(browser, 'LINK', tmp_path / 'bin' / 'google-chrome')
    monkeypatch.setattr(browser, '_install', lambda: None)
    monkeypatch.setattr(browser.os, 'geteuid', lambda: 1000)
    monkeypatch.setenv('PATH', str(tmp_path))
    monkeypatch.delenv('CHROMIUM', raising=False)
    monkeypatch.delenv('CI', raising=False)
    return tmp_path


def _program(folder, name='my-browser'):
    program = folder / name
    program.write_text('#!/bin/sh\n')
    program.chmod(0o755)
    return program


def test_named_browser_is_used_and_shown_to_odoo(machine_without_browser, monkeypatch):
    program = _program(machine_without_browser)
    monkeypatch.setenv('CHROMIUM', str(program))
    assert browser.ensure() == program
    assert browser.LINK.resolve() == program
    assert browser.search_path().split(':')[0] == str(browser.LINK.parent)


def test_name_that_is_no_program_is_an_error(machine_without_browser, monkeypatch):
    monkeypatch.setenv('CHROMIUM', str(machine_without_browser / 'none'))
    with pytest.raises(SetupError, match='no program'):
        browser.ensure()


def test_missing_browser_is_a_failure_in_the_gate(machine_without_browser, monkeypatch):
    monkeypatch.setenv('CI', 'true')
    with pytest.raises(SetupError) as caught:
        browser.ensure()
    assert 'apt-get install chromium' in caught.value.remedy


def test_missing_browser_is_a_note_elsewhere(machine_without_browser, capsys):
    assert browser.ensure() is None
    assert 'browser tests are skipped' in capsys.readouterr().out


def test_root_installs_the_browser(machine_without_browser, monkeypatch):
    monkeypatch.setattr(browser.os, 'geteuid', lambda: 0)
    _program(machine_without_browser, 'apt-get')
    monkeypatch.setattr(browser, '_install', lambda: _program(machine_without_browser, 'chromium'))
    assert browser.ensure() == machine_without_browser / 'chromium'
