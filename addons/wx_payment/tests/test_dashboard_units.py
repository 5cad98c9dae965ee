from odoo.tests import HttpCase, tagged


@tagged('post_install', '-at_install')
class TestDashboardUnits(HttpCase):
    def test_the_units_of_the_web_client(self):
        self.browser_js(
            '/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&filter=/@wx_payment/',
            '',
            '',
            login='admin',
            timeout=300,
            success_signal='[HOOT] Test suite succeeded',
        )
