"""A dump amid folding and sealing is a whole ledger: restored, it goes on as if nothing was."""

import subprocess
from contextlib import contextmanager

import psycopg2
import pytest

from bootstrap import database as databases

FOLDING = 'SELECT folded FROM wx_ledger_fold(10)'
SEALING = 'SELECT sealed FROM wx_ledger_seal(5, 1000)'


@contextmanager
def under_way(address, statement):
    """Run a statement in a transaction that ends, committed, with the block."""
    connection = psycopg2.connect(address)
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            assert cursor.fetchone()[0] > 0
        yield
        connection.commit()
    finally:
        connection.close()


@pytest.fixture
def restored(postgres_server, database):
    """Return the name for a restored copy; it is removed afterwards."""
    name = f'{database}r'
    yield name
    databases.drop(postgres_server, name)


def dump_and_restore(server, source, target, file):
    """Do what Odoo's backup does with a database."""
    for program, *arguments in (
        ('pg_dump', '--no-owner', '--format=c', f'--file={file}', source),
        ('createdb', '--template=template0', target),
        ('pg_restore', '--no-owner', '--exit-on-error', f'--dbname={target}', file),
    ):
        subprocess.run([server.programs / program, *arguments], env=server.env(), check=True)


def test_dump_amid_folding_and_sealing(play_on, postgres_server, database, restored, tmp_path):
    before = play_on(database, 'half_done', 'ledger_dump')
    assert min(before['unfolded'], before['unsealed'], before['blocks']) > 0
    address = postgres_server.url(database)
    with under_way(address, FOLDING), under_way(address, SEALING):
        dump_and_restore(postgres_server, database, restored, tmp_path / 'dump')

    ends = [play_on(name, 'go_on', 'ledger_dump') for name in (restored, database)]

    assert ends[0]['found'] == before, 'what was not committed is not in the dump'
    assert ends[1]['found']['unfolded'] == before['unfolded'] - 10
    assert ends[1]['found']['unsealed'] == before['unsealed'] - 5
    for end in ends:
        assert end['differences'] == end['found']['differences'] == []
        assert end['new'] == [False, True]
        assert (end['unfolded'], end['unsealed']) == (0, 0)
        assert end['row'] == end['hot'] == before['hot'] + 6
        assert end['customers'] == [1000 - 31 * 3] * 2
