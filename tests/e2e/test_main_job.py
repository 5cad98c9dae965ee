"""The main job over HTTP against the running server and sandbox, with every fault of the demo."""

import pytest

from tests.client import main_job


@pytest.mark.parametrize('fault', sorted(main_job.FAULTS))
def test_the_customer_is_served_or_refunded_exactly_once(shop, phone, fault):
    # WeChat wants the shipping information 10 seconds after the payment: wait for it once.
    order = main_job.play(shop.shop_url, shop.sandbox_url, fault, told=not fault)
    assert order['state'] == main_job.FAULTS[fault][1]
    assert (order['delivered_at'] is not None) == (order['state'] == 'delivered')
    assert (order['failure'] is not None) == (order['state'] == 'refunded')
