import time
from types import SimpleNamespace

from odoo import api, models
from odoo.tools import SQL

from odoo.addons.wx_base.tools import tokens

TABLES = ('wx_payment_order', 'wx_recharge_order', 'wx_payment_leg')
CHANNEL_KIND = 'wxpay_v3'


class WxBenchStage(models.AbstractModel):
    """The data set: customers with tokens, and payments that wait for their notice.

    One order for each customer is placed and opened by the suite's own methods; its rows are
    then copied in the database, because thousands are needed.
    """

    _name = 'wx.bench.stage'
    _description = 'Benchmark Data'

    # === BUSINESS METHODS - BEFORE === #

    @api.model
    def _prepare(self, database, customers, payments):
        """Make the customers and their open payments.

        :param str database: name of the database the tokens are good for
        :param int customers: how many
        :param int payments: open payments of each customer
        :rtype: dict
        """
        package = self.env.ref('wx_recharge.package_ais_100')
        people = [
            self._prepare_customer(number, database, package, payments)
            for number in range(customers)
        ]
        for table in TABLES:
            self.env.cr.execute(SQL('ANALYZE %s', SQL.identifier(table)))
        return {
            'package_id': package.id,
            'slug': self.env.ref('wx_payment.channel_demo').slug,
            'amount_fen': package.price_fen,
            'customers': people,
        }

    @api.model
    def _prepare_customer(self, number, database, package, payments):
        session = SimpleNamespace(
            openid=f'oBench{number:022d}', session_key='AAAAAAAAAAAAAAAAAAAAAA==', unionid=''
        )
        user = self.env['wx.user']._find_or_create(self.env.ref('wx_base.app_demo'), session)
        user.nickname = f'顾客{number}'
        order = self._place(user, package, f'+66812{number:06d}')
        token, _seconds = tokens.issue(database, user.id, user.token_version)
        return {
            'token': token,
            'openid': user.openid,
            'out_trade_nos': self._copy(order, payments),
        }

    @api.model
    def _place(self, user, package, phone):
        """Place an order as the customer does and open its payment without a call out."""
        service = self.env(
            user=self.env.ref('wx_base.user_api').id, context={'wx_user_id': user.id}
        )
        customer = service['wx.user'].browse(user.id)
        order = service['wx.recharge.order']._place(customer, package.id, phone)
        # What the answer to prepay would have done.
        payment_sudo = order.sudo().payment_order_id
        leg = payment_sudo._open_leg(CHANNEL_KIND)
        payment_sudo._set_pending()
        leg._set_open(f'wx{leg.out_trade_no[:-2]}')
        self.env.flush_all()
        return self.env['wx.recharge.order'].browse(order.id)

    @api.model
    def _copy(self, order, count):
        """Copy an order with its payment and return the copies' numbers at the provider."""
        payment = order.payment_order_id
        first = {table: self._last_id(table) for table in TABLES}
        name = SQL("substr(name, 1, 12) || lpad(id_, 12, '0')")
        number = SQL("%s || lpad(id_, 12, '0') || '-1'", payment.name[:12])
        ids = {
            table: SQL('%s + n', first[table]) for table in TABLES
        }
        self._copy_rows(payment, ids, ids['wx_payment_order'], count, name=name,
                        res_id=ids['wx_recharge_order'])
        return number
