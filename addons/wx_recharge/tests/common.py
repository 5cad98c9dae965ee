import json
from datetime import timedelta

from odoo import fields

from odoo.addons.wx_base.tests.common import WxCase, WxHttpCase
from odoo.addons.wx_base.tools.http import Reply
from odoo.addons.wx_payment.values import Way

PHONE = '+6581234567'
OTHER_PHONE = '+6581234568'
TRANSACTION_ID = 4711

TOKEN = '/oauth/token'
SUBMIT = '/topups-async'
STATUS = f'/topups/{TRANSACTION_ID}/status'
REPORT = '/topups/reports/transactions'
BALANCE = '/accounts/balance'
AUTO_DETECT = '/operators/auto-detect/phone/6581234567/countries/SG'


def error_reply(status, code, **headers):
    """Return Reloadly's refusal."""
    body = {'message': f'refused: {code}', 'errorCode': code, 'details': []}
    return Reply(status, headers, json.dumps(body).encode())


class RechargeMixin:
    """A country, two operators, a package with two supplier products, and Reloadly's answers.

    The country is one that the demo data does not have, so tests see only their own rows.
    """

    @classmethod
    def setUpRecharge(cls):
        cls.country = cls.env['wx.recharge.country'].create(
            {'country_id': cls.env.ref('base.sg').id}
        )
        cls.operator = cls._create_operator(name='Singtel')
        cls.supplier = cls._create_supplier(name='Reloadly Test')
        cls.package = cls._create_package()
        cls.product = cls._create_product(cls.package, sku='901:3.00')
        cls.answer_account()

    @classmethod
    def answer_account(cls):
        """Let the account be well: the answers are the class's, tests spoil them."""
        cls.outside.on(TOKEN, {'access_token': 'reloadly-token', 'expires_in': 86400})
        cls.outside.on(BALANCE, {'balance': 512.25, 'currencyCode': 'USD'})

    # === RECORDS === #

    @classmethod
    def _create_operator(cls, **values):
        return cls.env['wx.recharge.operator'].create({'country_id': cls.country.id, **values})

    @classmethod
    def _create_supplier(cls, **values):
        return cls.env['wx.recharge.supplier'].create(
            {
                'name': 'Supplier',
                'endpoint': 'simulator',
                'client_id': 'client',
                'client_secret': 'client-secret',
                'webhook_secret': 'whsec_test',
                **values,
            }
        )

    @classmethod
    def _create_package(cls, **values):
        return cls.env['wx.recharge.package'].create(
            {
                'name': 'Singtel 4 SGD',
                'operator_id': cls.operator.id,
                'face_value': 4,
                'face_currency_id': cls.env.ref('base.SGD').id,
                'price_fen': 2380,
                **values,
            }
        )

    @classmethod
    def _create_product(cls, package, **values):
        return cls.env['wx.recharge.supplier.product'].create(
            {'package_id': package.id, 'supplier_id': cls.supplier.id, 'cost': 3, **values}
        )

    @classmethod
    def _set_rates(cls, **units):
        """Enter what one unit of the company's currency is worth from the year 2000 on."""
        rates = cls.env['res.currency.rate']
        for name, rate in units.items():
            currency = cls.env.ref(f'base.{name}')
            rates.search([('currency_id', '=', currency.id)]).unlink()
            values = {'name': '2000-01-01', 'currency_id': currency.id, 'rate': rate}
            rates.create({**values, 'company_id': cls.env.company.id})

    def _place(self, user=None, package=None, phone=PHONE):
        """Place an order as a customer does."""
        user = user or self.user_a
        env = self._as_customer(user)
        order = env['wx.recharge.order']._place(
            user.with_env(env), (package or self.package).id, phone
        )
        return self.env['wx.recharge.order'].browse(order.id)

    def _pay(self, order):
        """Book a payment of the order as a notice does, without the provider."""
        payment = order.payment_order_id
        channel = self._channel()
        payment._choose(Way('wxpay_v3'))
        attempt = self.env['wx.payment.attempt'].create(
            {
                'order_id': payment.id,
                'leg_id': payment.leg_ids.id,
                'channel_id': channel.id,
                'scene': 'miniprogram',
                'state': 'paid',
                'out_trade_no': f'{payment.name}_1',
                'amount_fen': payment.amount_fen,
                'paid_fen': payment.amount_fen,
                'appid': self.app.appid,
                'mchid': '1900007291',
                'openid': order.wx_user_id.openid,
                'transaction_id': f'42{payment.name}',
            }
        )
        payment.state = 'pending'
        payment._set_paid(attempt)
        return order.attempt_ids

    def _channel(self):
        channels = self.env['wx.payment.channel']
        values = {
            'name': 'Test Channel',
            'kind': 'wxpay_v3',
            'app_id': self.app.id,
            'mchid': '1900007291',
            'merchant_serial': '408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB',
            'endpoint': 'simulator',
            'verification': 'certificates',
        }
        return channels.search([('app_id', '=', self.app.id)]) or channels.create(values)

    def _refund_done(self, order):
        """Book the refund of the order as the provider's answer does."""
        refund = order.payment_order_id.refund_ids
        refund.ensure_one()
        refund.write({'state': 'done'})
        order.payment_order_id._settle_refund(refund, True)

    # === RELOADLY === #

    def accept(self, transaction_id=TRANSACTION_ID):
        self.outside.on(SUBMIT, {'transactionId': transaction_id})

    def tell_status(self, status, **values):
        self.outside.on(STATUS, {'code': None, 'message': None, 'status': status, **values})

    def tell_report(self, *statuses):
        """Answer a report with transactions of whatever reference is asked for."""

        def answer(method, url, headers, body):
            reference = url.split('customIdentifier=')[1].split('&')[0]
            return {
                'content': [
                    {
                        'transactionId': TRANSACTION_ID + number,
                        'customIdentifier': reference,
                        'status': status,
                    }
                    for number, status in enumerate(statuses)
                ]
            }

        self.outside.on(REPORT, answer)

    def submits(self):
        """Return the bodies of all orders that reached the supplier."""
        return [
            json.loads(body) for _m, url, _h, body in self.outside.calls if url.endswith(SUBMIT)
        ]


class RechargeCase(RechargeMixin, WxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpRecharge()
        cls.env.flush_all()
        # Tokens live in transactions of their own, which must see this one's rows.
        cls.registry_enter_test_mode_cls()

    def setUp(self):
        super().setUp()
        self.outside.calls.clear()
        self.answer_account()
        self.accept()
        self.tell_status('PROCESSING')
        self.tell_report()

    def run_attempt(self, attempt):
        """Run the attempt's job now, whenever it is due."""
        attempt.next_try_at = fields.Datetime.now()
        attempt._job_take(100)
        attempt._job_run()
        attempt._job_settle()

    def paid_order(self, **values):
        """Return a paid order and its first attempt, not submitted yet."""
        order = self._place(**values)
        return order, self._pay(order)

    def seconds_until_due(self, job):
        return round((job.next_try_at - fields.Datetime.now()).total_seconds())

    def age(self, attempt, seconds):
        """Let the attempt have been submitted `seconds` earlier."""
        attempt.submitted_at -= timedelta(seconds=seconds)


class RechargeHttpCase(RechargeMixin, WxHttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpRecharge()
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        self.outside.calls.clear()
        self.answer_account()

    def api(self, method, path, *, headers=None, **values):
        """Override of `wx_base` to ask for English, whatever languages the database has."""
        headers = {'Accept-Language': 'en-US', **(headers or {})}
        return super().api(method, path, headers=headers, **values)
