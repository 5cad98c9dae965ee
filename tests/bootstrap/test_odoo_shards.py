"""Reading Odoo's log: the gate for the addons' tests must see what Odoo passes over."""

import pytest

from tests import odoo_shards

HEAD = '2026-01-01 00:00:00,000 77 {} copy {}: '
GOOD_LOG = (
    HEAD.format('INFO', 'odoo.addons.shop.tests.test_order')
    + 'Starting TestOrder.test_order_is_paid ... \n'
    + HEAD.format('INFO', 'odoo.tests.result')
    + "0 failed, 0 error(s) of 1 tests when loading database 'copy' \n"
)


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / 'odoo.log'
        path.write_text(text)
        return odoo_shards.read_log(path)

    return read


def test_clean_log_has_a_result_and_no_complaint(read):
    log = read("Running as user 'root' is a security risk.\n" + GOOD_LOG)
    assert odoo_shards.result(log) == (0, 0, 1)
    assert odoo_shards.started_tests(log) == {'TestOrder.test_order_is_paid'}
    assert odoo_shards.complaints(log) == []
    assert odoo_shards.skipped_tests(log) == []


@pytest.mark.parametrize('level', ['WARNING', 'ERROR', 'CRITICAL'])
def test_each_line_that_is_worse_than_information_is_a_complaint(read, level):
    text = "Model attribute '_sql_constraints' is no longer supported"
    log = read(GOOD_LOG + HEAD.format(level, 'odoo.registry') + text + '\nwith a trace\n')
    assert [line.text for line in odoo_shards.complaints(log)] == [f'{text}\nwith a trace']


def test_missing_extension_of_the_embedded_server_is_tolerated(read):
    query = "bad query: b'CREATE EXTENSION IF NOT EXISTS pg_trgm'"
    log = read(GOOD_LOG + HEAD.format('ERROR', 'odoo.sql_db') + query + '\n')
    assert odoo_shards.complaints(log) == []


def test_failures_and_skips_are_seen(read):
    log = read(
        HEAD.format('INFO', 'odoo.addons.shop.tests.test_tour')
        + 'skipped TestTour.test_menu : Chrome executable not found\n'
        + HEAD.format('ERROR', 'odoo.tests.result')
        + "2 failed, 1 error(s) of 9 tests when loading database 'copy'\n"
    )
    assert odoo_shards.result(log) == (2, 1, 9)
    assert odoo_shards.skipped_tests(log) == ['TestTour.test_menu : Chrome executable not found']


def test_log_without_a_result_counts_no_test(read):
    assert odoo_shards.result(read('Traceback: no module\n')) == (0, 0, 0)


@pytest.fixture
def addons(tmp_path):
    folder = tmp_path / 'shop' / 'tests'
    folder.mkdir(parents=True)
    (folder / 'common.py').write_text(
        'class OrderCases:\n    def test_order_is_paid(self):\n        pass\n'
    )
    (folder / 'test_order.py').write_text(
        'from .common import OrderCases\n\n\n'
        'class TestOrder(OrderCases, TransactionCase):\n'
        '    def test_order_is_closed(self):\n        pass\n\n'
        '    def _helper(self):\n        pass\n'
    )
    return tmp_path


def test_source_whose_tests_all_ran_misses_none(addons):
    started = {'TestOrder.test_order_is_paid', 'TestOrder.test_order_is_closed'}
    assert odoo_shards.missing_tests('shop', started, addons) == []


def test_test_that_odoo_passed_over_is_named(addons):
    started = {'TestOrder.test_order_is_paid'}
    missing = odoo_shards.missing_tests('shop', started, addons)
    assert missing == ['shop: TestOrder.test_order_is_closed']


def test_inherited_test_that_no_heir_ran_is_named(addons):
    started = {'TestOrder.test_order_is_closed'}
    missing = odoo_shards.missing_tests('shop', started, addons)
    assert missing == ['shop: OrderCases.test_order_is_paid']


def test_committing_tests_are_asked_for_by_their_tag():
    shard = odoo_shards.Shard('one', ('shop',), extra_tags=('click_all/web',))
    assert shard.tags() == '/shop,wx_concurrency/shop,click_all/web'
