import contextlib
import random
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, api, fields
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import ApiError
from odoo.addons.wx_base.tests.common import ConcurrencyCase
from odoo.addons.wx_base.tools import http as wx_http

from .common import WAY, DocumentHooks, channel_values, patch_hooks
from .fake_wechat_pay import FakeWeChatPay

TAGS = ('-standard', '-at_install', 'post_install', 'wx_concurrency')
CONTEXT = {'tracking_disable': True, 'mail_create_nolog': True, 'mail_notrack': True}
QUIET = (
    'odoo.sql_db',
    'odoo.addons.wx_base.models.wx_job_mixin',
    'odoo.addons.wx_payment.models.wx_payment_attempt_prepay',
    'odoo.addons.wx_payment.models.wx_payment_refund',
    'odoo.addons.wx_payment.models.wx_payment_refund_booking',
    'odoo.addons.wx_payment.models.wx_payment_state_mixin',
)


class CommittedHooks(DocumentHooks):
    """Counts a hook when its transaction was committed; a try that lost a race does not count."""

    def _note(self, what):
        def hook(document):
            entry = (what, document.id)
            document.env.cr.postcommit.add(lambda: self.calls.append(entry))

        return hook


class PaymentRaceCase(ConcurrencyCase):
    """Several real cursors at one payment; everything is committed, and removed afterwards."""

    provider = FakeWeChatPay

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Names of their own: what an aborted run leaves behind disturbs no later one.
        cls.slug = f'race-{secrets.token_hex(8)}'
        with cls._transaction() as env:
            app = env['wx.app'].create({'name': 'Race app', 'appid': f'wx{secrets.token_hex(8)}'})
            user = env['wx.user'].create({'app_id': app.id, 'openid': 'oRace0001'})
            channel = env['wx.payment.channel'].create(channel_values(app, slug=cls.slug))
            cls.ids = {'app': app.id, 'wx_user': user.id, 'channel': channel.id}
        cls.addClassCleanup(cls._clean_up)

    @classmethod
    def _clean_up(cls):
        """Remove what was committed; the evidence lets nobody but the database do it."""
        with cls._transaction() as env:
            orders = env['wx.payment.order'].search([('wx_user_id', '=', cls.ids['wx_user'])])
            documents = env['res.partner'].browse(orders.mapped('res_id'))
            env.cr.execute(
                'DELETE FROM wx_payment_notification WHERE channel_id = %s', (cls.ids['channel'],)
            )
            for table in ('wx_payment_refund', 'wx_payment_attempt', 'wx_payment_leg'):
                env.cr.execute(f'DELETE FROM {table} WHERE order_id = ANY(%s)', (orders.ids,))
            orders.unlink()
            documents.unlink()
            env['wx.payment.channel'].browse(cls.ids['channel']).unlink()
            # By right a customer with a wallet is never deleted.
            env.cr.execute('DELETE FROM wx_user WHERE id = %s', (cls.ids['wx_user'],))
            env['wx.app'].browse(cls.ids['app']).unlink()

    @classmethod
    @contextlib.contextmanager
    def _transaction(cls):
        with cls.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, CONTEXT)

    def setUp(self):
        super().setUp()
        self.wechat = self.provider()
        self.hooks = CommittedHooks()
        self.enterContext(mute_logger(*QUIET))
        self.enterContext(patch.object(wx_http, 'send', autospec=True, side_effect=self.wechat))
        with self._transaction() as env:
            for patcher in patch_hooks(env, self.hooks):
                self.enterContext(patcher)

    # === HELPERS === #

    def _retry(self, function):
        """Run `function(env)` as a request runs: again from the start after a conflict."""
        for _attempt in range(60):
            try:
                with self._transaction() as env:
                    return function(env)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                time.sleep(random.uniform(0, 0.02))
            except ApiError as error:
                return error
        return self.fail('no end of conflicts')

    def _together(self, *functions):
        """Run functions at once, each with its own cursor, and return what they returned."""
        with ThreadPoolExecutor(max_workers=len(functions)) as executor:
            return list(executor.map(self._retry, functions))

    def _create_pending(self, env, amount_fen=100):
        order = env['wx.payment.order']._create_for(
            env['res.partner'].create({'name': 'Race document'}),
            env['wx.user'].browse(self.ids['wx_user']),
            amount_fen,
            'Race',
            fields.Datetime.now() + timedelta(hours=1),
        )
        order._pay(WAY)
        return order.id, order.attempt_ids.out_trade_no

    def _receive(self, notice):
        return lambda env: (
            env['wx.payment.notification']
            ._receive('wechat', 'notify', self.slug, *notice)
            .http_status
        )

    def _process(self, env):
        """Process every stored notice, as two workers at once would."""
        notices = env['wx.payment.notification'].search([('channel_id', '=', self.ids['channel'])])
        for notice in notices:
            notice._job_run()
        return len(notices)

    def _read(self, model, record_id, *names):
        with self._transaction() as env:
            return env[model].browse(record_id).read(names)[0]

    def _count(self, table, order_id):
        with self._transaction() as env:
            env.cr.execute(f'SELECT count(*) FROM {table} WHERE order_id = %s', [order_id])
            return env.cr.fetchone()[0]

    def _create_paid(self, amount_fen):
        order_id, number = self._retry(lambda env: self._create_pending(env, amount_fen))
        self._retry(self._receive(self.wechat.notice(self.wechat.pay(number))))
        self._retry(self._process)
        return order_id
