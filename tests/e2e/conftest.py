"""A phone per test, and a sandbox whose waiting times pass ten times as fast."""

from collections.abc import Callable, Iterator

import pytest

from bootstrap.serve import Stack
from tests.client.mini_program import MiniProgram
from tests.e2e.floor import Floor


@pytest.fixture(scope='session')
def shop(servers: Stack) -> Stack:
    """Return the running suite."""
    return servers


@pytest.fixture
def phone(shop: Stack) -> Iterator[MiniProgram]:
    """Return a customer's phone, logged in; all faults are forgotten afterwards."""
    mine = MiniProgram(shop.shop_url, shop.sandbox_url)
    mine.play('/control/clock', speed=10)
    mine.login()
    yield mine
    mine.play('/control/faults', method='DELETE')


@pytest.fixture
def make_phone(shop: Stack) -> Callable[[], MiniProgram]:
    """Log further customers in."""

    def make() -> MiniProgram:
        other = MiniProgram(shop.shop_url, shop.sandbox_url)
        other.login()
        return other

    return make


@pytest.fixture(scope='session')
def floor(make_servers: Callable[..., Stack]) -> Floor:
    """Return a shop of its own, with channels of all kinds; its sandbox moves on by order only."""
    made = Floor(make_servers(variables={'WX_RATE_LIMITS': 'off'}))
    made.world.play('/control/clock', speed=1)
    made.open()
    return made
