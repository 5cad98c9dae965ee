"""A PostgreSQL server that a test may start, stop and enter as its superuser."""

import pytest

from bootstrap import postgres


@pytest.fixture
def private_server(monkeypatch, tmp_path_factory):
    """Let a server of its own be started below a fresh folder."""
    folder = tmp_path_factory.mktemp('postgres')
    monkeypatch.setattr(postgres, 'FOLDER', folder)
    for name, part in (('DATA', 'data'), ('LOG', 'log'), ('KEEP', 'keep')):
        monkeypatch.setattr(postgres, name, folder / part)
    for name in ('PGHOST', 'PGPORT', 'PGUSER', 'PGPASSWORD'):
        monkeypatch.delenv(name, raising=False)
    yield
    postgres.release()
