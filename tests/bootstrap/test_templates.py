"""Names and contents of template databases, and copies of databases on the real server."""

import pytest

from bootstrap import database, paths, templates


@pytest.fixture
def addons(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, 'ADDONS', tmp_path)
    for name, depends in (('shop', ['base_shop', 'portal']), ('base_shop', ['mail', 'product'])):
        (tmp_path / name / 'tests').mkdir(parents=True)
        (tmp_path / name / '__manifest__.py').write_text(repr({'depends': depends}))
    return tmp_path


def test_modules_of_odoo_are_read_from_the_manifests(addons):
    assert templates.our_addons() == ['base_shop', 'shop']
    assert set(templates.needed_modules()) == {*templates.LOWEST_MODULES, 'product'}


def test_addons_that_only_test_are_not_installed_where_people_work(addons):
    (addons / 'test_shop').mkdir()
    (addons / 'test_shop' / '__manifest__.py').write_text("{'depends': ['shop', 'test_lint']}")
    assert templates.our_addons('demo') == ['base_shop', 'shop']
    assert templates.our_addons('plain') == ['base_shop', 'shop', 'test_shop']
    assert 'test_lint' not in templates.needed_modules('demo')
    assert 'test_lint' in templates.needed_modules('plain')


@pytest.mark.parametrize('name', ['shop/models.py', 'shop/static/tests/tour.js', 'x/y.xml'])
def test_changed_file_of_an_addon_needs_a_new_template(addons, name):
    before = templates.tree_digest(addons)
    (addons / name).parent.mkdir(parents=True, exist_ok=True)
    (addons / name).write_text('one')
    first = templates.tree_digest(addons)
    (addons / name).write_text('two')
    assert len({before, first, templates.tree_digest(addons)}) == 3


@pytest.mark.parametrize('name', ['shop/tests/test_a.py', 'shop/__pycache__/a.pyc'])
def test_changed_test_needs_no_new_template(addons, name):
    before = templates.tree_digest(addons)
    (addons / name).parent.mkdir(exist_ok=True)
    (addons / name).write_text('one')
    assert templates.tree_digest(addons) == before


@pytest.fixture
def origin(postgres_server, monkeypatch, tmp_path):
    monkeypatch.setattr(database, 'FILESTORE', tmp_path)
    name = database.copy_name(900)
    postgres_server.sql(f'CREATE DATABASE "{name}"')
    postgres_server.sql('CREATE TABLE pet AS SELECT 7 AS legs', name)
    stored = tmp_path / name / 'ab'
    stored.mkdir(parents=True)
    (stored / 'abcd').write_text('picture')
    yield name
    database.drop(postgres_server, name)


def test_copy_has_the_rows_and_files_of_its_origin(postgres_server, origin):
    copy = database.copy_name(901)
    database.copy(postgres_server, origin, copy, relaxed=True)
    try:
        assert postgres_server.sql('SELECT legs FROM pet', copy) == ['7']
        assert postgres_server.sql('SHOW synchronous_commit', copy) == ['off']
        assert (database.FILESTORE / copy / 'ab' / 'abcd').read_text() == 'picture'
        (database.FILESTORE / copy / 'ab' / 'abcd').unlink()
        assert (database.FILESTORE / origin / 'ab' / 'abcd').exists()
    finally:
        database.drop(postgres_server, copy)
    assert not database.exists(postgres_server, copy)
    assert not (database.FILESTORE / copy).exists()


def test_renamed_database_keeps_its_files(postgres_server, origin):
    name = database.copy_name(902)
    database.rename(postgres_server, origin, name)
    try:
        assert postgres_server.sql('SELECT legs FROM pet', name) == ['7']
        assert (database.FILESTORE / name / 'ab' / 'abcd').exists()
    finally:
        database.drop(postgres_server, name)


def test_note_stays_with_its_database(postgres_server, origin):
    assert database.note(postgres_server, origin) == ''
    database.set_note(postgres_server, origin, 'template_1')
    assert database.note(postgres_server, origin) == 'template_1'


def test_copies_of_dead_processes_are_removed(postgres_server, origin):
    # The highest process id of Linux is 4194304.
    abandoned = f'{database.PREFIX}copy_4194305_1'
    database.copy(postgres_server, origin, abandoned)
    database.drop_abandoned_copies(postgres_server)
    assert not database.exists(postgres_server, abandoned)
    assert database.exists(postgres_server, origin)
