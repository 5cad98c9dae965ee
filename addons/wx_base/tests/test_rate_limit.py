import os
from unittest.mock import patch

from odoo.tests import tagged

from ..api import rate_limit
from ..exceptions import TooManyRequests
from .common import WxHttpCase


@tagged('post_install', '-at_install')
class TestRateLimit(WxHttpCase):
    def setUp(self):
        super().setUp()
        rate_limit._limiter.cache_clear()
        self.addCleanup(rate_limit._limiter.cache_clear)
        self.startPatcher(patch.dict(os.environ, {'WX_RATE_LIMITS': ''}))

    def test_the_limit_counts_each_client_and_route_apart(self):
        for _hit in range(2):
            rate_limit.check(self.env, '2/minute', '/a', 1)
        with self.assertRaises(TooManyRequests) as caught:
            rate_limit.check(self.env, '2/minute', '/a', 1)
        self.assertTrue(0 < caught.exception.retry_after <= 60)
        rate_limit.check(self.env, '2/minute', '/a', 2)
        rate_limit.check(self.env, '2/minute', '/b', 1)

    def test_a_client_that_is_too_fast_is_told_when_to_come_again(self):
        for _hit in range(20):
            self.api('POST', '/profile/phone', user=self.user_a, body={})
        status, envelope = self.api('POST', '/profile/phone', user=self.user_a, body={})
        self.assertEqual((status, envelope['code']), (429, 6))
        self.assertTrue(0 < int(self.last_response.headers['Retry-After']) <= 60)
        status, _envelope = self.api('POST', '/profile/phone', user=self.user_b, body={})
        self.assertEqual(status, 400)
