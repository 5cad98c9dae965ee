from odoo.tests import HttpCase, tagged


@tagged('post_install', '-at_install')
class TestClickEverywhere(HttpCase):
    """Odoo's click-everywhere robot in our app: every menu, view and filter, no error."""

    def test_every_menu_filter_and_view_of_the_app_opens(self):
        self.env.ref('base.user_admin').tour_enabled = False
        self.browser_js(
            '/odoo',
            "odoo.loader.modules.get('@web/webclient/clickbot/clickbot_loader')"
            ".startClickEverywhere('rbac_ext.menu_root');",
            'odoo.isReady === true',
            login='admin',
            timeout=600,
            success_signal='clickbot test succeeded',
        )
