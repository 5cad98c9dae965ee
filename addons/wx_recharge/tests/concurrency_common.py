from unittest.mock import patch

from odoo.tools import mute_logger

from odoo.addons.wx_base.tests.common import ConcurrencyCase, FakeOutside
from odoo.addons.wx_base.tools import http as wx_http

from .common import PHONE, RechargeMixin

APPID = 'wxconcurrency00001'
BUYERS = 10


class RechargeConcurrencyCase(RechargeMixin, ConcurrencyCase):
    """Buyers with cursors of their own; what is committed here is removed at the end."""

    def setUp(self):
        super().setUp()
        # Losing a race is what happens here; each loser leaves a line.
        self.enterContext(mute_logger('odoo.sql_db', 'odoo.service.model'))
        self.outside = type(self).outside = FakeOutside()
        sending = patch.object(wx_http, 'send', autospec=True)
        self.startPatcher(sending).side_effect = self.outside.send
        with self.environment() as env:
            type(self).env = env
            app = env['wx.app'].create(
                {'name': 'Concurrency', 'appid': APPID, 'secret': 's', 'endpoint': 'simulator'}
            )
            self.user_ids = [
                env['wx.user'].create({'app_id': app.id, 'openid': f'buyer-{number}'}).id
                for number in range(BUYERS)
            ]
            type(self).app = app
            self.setUpRecharge()
            self.ids = {
                name: getattr(self, name).id
                for name in ('app', 'country', 'operator', 'supplier', 'package')
            }
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self.environment() as env:
            orders = env['wx.recharge.order'].search([('package_id', '=', self.ids['package'])])
            payments = orders.payment_order_id
            env['wx.recharge.shipping'].search([('order_id', 'in', orders.ids)]).unlink()
            orders.attempt_ids.unlink()
            orders.unlink()
            payments.refund_ids.unlink()
            payments.attempt_ids.unlink()
            payments.leg_ids.unlink()
            payments.unlink()
            env['wx.payment.channel'].search([('app_id', '=', self.ids['app'])]).unlink()
            env['wx.recharge.package'].browse(self.ids['package']).unlink()
            env['wx.recharge.supplier'].browse(self.ids['supplier']).unlink()
            env['wx.recharge.operator'].browse(self.ids['operator']).unlink()
            env['wx.recharge.country'].browse(self.ids['country']).unlink()
            users = env['wx.user'].browse(self.user_ids)
            users.unlink()
            env['wx.app'].browse(self.ids['app']).unlink()

    def buyer(self, user_id):
        def buy(env):
            customer = env(user=env.ref('wx_base.user_api'), su=False)
            customer = customer(context={'wx_user_id': user_id})
            order = customer['wx.recharge.order']._place(
                customer['wx.user'].browse(user_id), self.ids['package'], PHONE
            )
            return order.id

        return buy
