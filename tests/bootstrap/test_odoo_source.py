"""Finding the machine's Debian archive, and the check of Odoo's links."""

import pytest

from bootstrap import odoo_source
from bootstrap.console import SetupError


def test_mirror_is_read_from_a_deb822_source(tmp_path):
    folder = tmp_path / 'sources.list.d'
    folder.mkdir()
    (folder / 'debian.sources').write_text(
        '# comment\n'
        'Types: deb\nURIs: http://security.example/debian\nSuites: bookworm-security\n\n'
        'Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\n'
    )
    assert odoo_source.find_mirror('bookworm', tmp_path) == 'http://mirror.example/debian'


@pytest.mark.parametrize('line', ['Enabled: no', 'Types: deb-src'])
def test_unusable_deb822_source_is_passed_over(tmp_path, line):
    folder = tmp_path / 'sources.list.d'
    folder.mkdir()
    (folder / 'debian.sources').write_text(
        f'Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\n{line}\n'
    )
    with pytest.raises(SetupError):
        odoo_source.find_mirror('bookworm', tmp_path)


@pytest.mark.parametrize('options', ['', '[signed-by=/usr/share/key.gpg] '])
def test_mirror_is_read_from_a_one_line_source(tmp_path, options):
    (tmp_path / 'sources.list').write_text(
        '# deb http://old.example/debian bookworm main\n'
        f'deb {options}http://mirror.example/debian bookworm main\n'
    )
    assert odoo_source.find_mirror('bookworm', tmp_path) == 'http://mirror.example/debian'


def test_machine_without_a_source_names_the_remedy(tmp_path):
    with pytest.raises(SetupError) as caught:
        odoo_source.find_mirror('bookworm', tmp_path)
    assert 'ODOO_HOME' in caught.value.remedy
    assert 'docker compose up' in caught.value.remedy


@pytest.fixture
def prefix(tmp_path):
    (tmp_path / 'odoo' / 'web' / 'static').mkdir(parents=True)
    return tmp_path


def test_absolute_link_is_pointed_into_the_prefix(prefix):
    target = prefix / 'usr' / 'share' / 'javascript'
    target.mkdir(parents=True)
    (target / 'jquery.js').write_text('jquery')
    link = prefix / 'odoo' / 'web' / 'static' / 'jquery.js'
    link.symlink_to('/usr/share/javascript/jquery.js')
    odoo_source.check_links(prefix / 'odoo', prefix)
    assert link.read_text() == 'jquery'
    odoo_source.check_links(prefix / 'odoo', prefix)
    assert link.read_text() == 'jquery'


def test_missing_static_file_is_an_error_that_names_it(prefix):
    (prefix / 'odoo' / 'web' / 'static' / 'jquery.js').symlink_to('/usr/share/none/jquery.js')
    with pytest.raises(SetupError, match=r'odoo/web/static/jquery\.js'):
        odoo_source.check_links(prefix / 'odoo', prefix)


def test_file_that_the_web_client_does_not_use_may_be_missing(prefix):
    fonts = prefix / 'odoo' / 'point_of_sale' / 'static' / 'src' / 'fonts'
    fonts.mkdir(parents=True)
    (fonts / 'Inconsolata.otf').symlink_to('/usr/share/fonts/Inconsolata.otf')
    odoo_source.check_links(prefix / 'odoo', prefix)


def test_file_that_the_package_lacks_is_put_in_its_place_once(tmp_path):
    odoo_source.fill_gap(tmp_path)
    path = tmp_path / odoo_source.LEFT_OUT
    assert path.read_text().startswith('//')
    path.write_text('the real one')
    odoo_source.fill_gap(tmp_path)
    assert path.read_text() == 'the real one'


def test_home_without_odoo_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setenv('ODOO_HOME', str(tmp_path))
    with pytest.raises(SetupError, match='no Odoo checkout'):
        odoo_source.ensure()
