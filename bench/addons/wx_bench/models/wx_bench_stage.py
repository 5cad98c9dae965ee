import time
from types import SimpleNamespace

from odoo import api, models
from odoo.tools import SQL
from odoo.tools.sql import table_columns

from odoo.addons.wx_base.tools import tokens
from odoo.addons.wx_payment.values import Way

TABLES = ('wx_payment_order', 'wx_recharge_order', 'wx_payment_leg', 'wx_payment_attempt')
CHANNEL_KIND = 'wxpay_v3'
# Packages of one country, in a shop that is large.
MANY_PACKAGES = 20_000


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
            'middle_id': self._stock_up(),
            'slug': self.env.ref('wx_payment.channel_demo').slug,
            'amount_fen': package.price_fen,
            'customers': people,
        }

    @api.model
    def _stock_up(self):
        """Fill one country's shelf and return the id of a package in its middle."""
        package = self.env.ref('wx_recharge.package_viettel_50')
        first = self._last_id(package)
        self._copy_row(package, MANY_PACKAGES)
        self.env.cr.execute(SQL('ANALYZE %s', SQL.identifier(package._table)))
        return first + MANY_PACKAGES // 2

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
        way = Way(CHANNEL_KIND)
        payment_sudo._choose(way)
        attempt = payment_sudo._open_attempt(payment_sudo.leg_ids, way)
        payment_sudo._set_pending()
        attempt._set_open(f'wx{attempt.out_trade_no[:-2]}')
        self.env.flush_all()
        return self.env['wx.recharge.order'].browse(order.id)

    @api.model
    def _copy(self, order, count):
        """Copy an order with its payment and return the copies' numbers at the provider."""
        payment = order.payment_order_id
        leg, attempt = payment.leg_ids, payment.attempt_ids
        first_order, first_payment, first_leg, first_attempt = map(
            self._last_id, (order, payment, leg, attempt)
        )
        name = SQL("%s || lpad((%s + n)::text, 12, '0')", payment.name[:12], first_payment)
        number = SQL("%s || '_1'", name)
        self._copy_row(payment, count, name=name, res_id=SQL('%s + n', first_order))
        self._copy_row(
            order,
            count,
            order_no=SQL("%s || lpad((%s + n)::text, 8, '0')", order.order_no[:15], first_order),
            payment_order_id=SQL('%s + n', first_payment),
        )
        self._copy_row(leg, count, order_id=SQL('%s + n', first_payment))
        self._copy_row(
            attempt,
            count,
            order_id=SQL('%s + n', first_payment),
            leg_id=SQL('%s + n', first_leg),
            out_trade_no=number,
            prepay_id=SQL("'wx' || %s", name),
            prepay_body=SQL('replace(prepay_body, %s, %s)', attempt.out_trade_no, number),
        )
        query = SQL(
            'SELECT out_trade_no FROM wx_payment_attempt WHERE id > %s ORDER BY id', first_attempt
        )
        return [number for (number,) in self.env.execute_query(query)]

    @api.model
    def _last_id(self, record):
        query = SQL('SELECT max(id) FROM %s', SQL.identifier(record._table))
        return self.env.execute_query(query)[0][0]

    @api.model
    def _copy_row(self, record, count, **changes):
        """Insert `count` copies of a row.

        :param changes: column → SQL of its value in the copy number `n`, which begins at 1
        """
        table = SQL.identifier(record._table)
        changes['id'] = SQL('%s + n', self._last_id(record))
        columns = sorted(table_columns(self.env.cr, record._table))
        names = SQL(', ').join(map(SQL.identifier, columns))
        values = SQL(', ').join(changes.get(name) or SQL.identifier(name) for name in columns)
        self.env.cr.execute(
            SQL(
                'INSERT INTO %s (%s) SELECT %s FROM %s, generate_series(1, %s) AS n WHERE id = %s',
                table, names, values, table, count, record.id,
            )
        )  # fmt: skip
        self.env.cr.execute(
            SQL(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)",
                record._table,
                self._last_id(record),
            )
        )

    # === BUSINESS METHODS - AFTER === #

    @api.model
    def _settle(self):
        """Run the job of the notices once and count what has become of everything.

        :rtype: dict
        """
        start = time.monotonic()
        self.env['wx.payment.notification']._cron_run_jobs()
        seconds = time.monotonic() - start
        queries = {
            'rows': 'SELECT count(*) FROM wx_bench_row',
            'notices': 'SELECT count(*) FROM wx_payment_notification',
            'processed': "SELECT count(*) FROM wx_payment_notification WHERE state = 'done'",
            'legs_paid': "SELECT count(*) FROM wx_payment_attempt WHERE state = 'paid'",
            'orders_paid': "SELECT count(*) FROM wx_recharge_order WHERE state = 'fulfilling'",
            'answers_kept': 'SELECT count(*) FROM wx_idempotency_key WHERE answer IS NOT NULL',
        }
        counts = {name: self._count(query) for name, query in queries.items()}
        return {**counts, 'seconds': seconds}

    @api.model
    def _count(self, query):
        return self.env.execute_query(SQL(query))[0][0]
