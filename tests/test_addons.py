"""The tests inside the addons and the cleanliness of their log, as items of this run."""

import pytest

from bootstrap import paths, templates
from tests import odoo_shards
from tests.odoo_shards import SHARDS, Shard


def _existing_addons(shard: Shard) -> list[str]:
    return [addon for addon in shard.addons if addon in templates.our_addons()]


@pytest.fixture(scope='module', params=SHARDS, ids=lambda shard: shard.name)
def shard(request: pytest.FixtureRequest) -> Shard:
    return request.param


@pytest.fixture(scope='module')
def log(shard: Shard) -> list[odoo_shards.LogLine]:
    return shard.finish()


def _expect_none(findings):
    """Fail with the findings as they are, one below the other."""
    if findings:
        pytest.fail('\n'.join(map(str, findings)), pytrace=False)


def test_no_test_fails(shard, log):
    failed, errors, ran = odoo_shards.result(log)
    if failed or errors:
        _expect_none(odoo_shards.complaints(log))
    assert (failed, errors) == (0, 0)
    assert ran > 0, f'no test ran; the end of the log:\n{shard.process.tail()}'
    assert shard.process.wait() == 0, shard.process.tail()


def test_every_test_in_the_source_has_run(shard, log):
    started = odoo_shards.started_tests(log)
    for addon in _existing_addons(shard):
        _expect_none(odoo_shards.missing_tests(addon, started))


def test_no_test_is_skipped(log):
    _expect_none(odoo_shards.skipped_tests(log))


def test_the_log_holds_no_warning(log):
    _expect_none(odoo_shards.complaints(log))


@pytest.mark.parametrize('kind', templates.KINDS)
def test_installing_the_addons_logs_no_warning(kind, template):
    template(kind)
    log = odoo_shards.read_log(templates.install_log(kind))
    _expect_none(odoo_shards.complaints(log))


def test_every_addon_belongs_to_a_shard():
    named = [addon for shard in SHARDS for addon in shard.addons]
    assert sorted(named) == sorted(set(named))
    assert set(templates.our_addons()) <= set(named)
    assert paths.ADDONS.exists()
