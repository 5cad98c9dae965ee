import os
import secrets
from unittest.mock import patch

from odoo import fields

from odoo.addons.wx_base.tests.common import WxCase, WxHttpCase

from ..values import Subject

SUBJECT = Subject(kind='airtime', country_id=1, operator_id=2, package_id=3, model='x')


class CouponMixin:
    """A template that is open, and documents that are paid for."""

    @classmethod
    def setUpCoupons(cls):
        cls.templates = cls.env['wx.coupon.template']
        # Events of this test meet no template but its own.
        cls.templates.search([('occasion', '!=', False)]).occasion = False
        cls.template = cls._create_template(name='Five off')

    @classmethod
    def _create_template(cls, **values):
        """Create an open template: 5 yuan off, 30 days, as many as one wants."""
        return cls.env['wx.coupon.template'].create(
            {'name': 'Coupon', 'amount_fen': 500, 'user_qty': 1, 'state': 'open', **values}
        )

    @classmethod
    def _coupon(cls, user=None, template=None, **values):
        """Give a customer one more coupon."""
        template = template or cls._create_template(**values)
        coupons, missing = template._give(user or cls.user_a, 'gift', [secrets.token_hex(4)])
        assert (len(coupons), missing) == (1, 0)
        return coupons

    @classmethod
    def _document(cls, amount_fen=2000, user=None):
        """Return a document that the customer pays for: any record with a payment will do."""
        user = user or cls.user_a
        payment = cls.env['wx.payment.order'].create(
            {
                'name': f'T{secrets.token_hex(8)}',
                'company_id': user.company_id.id,
                'wx_user_id': user.id,
                'res_model': 'res.partner',
                'res_id': int(secrets.token_hex(3), 16) + 1,
                'description': 'Test',
                'amount_fen': amount_fen,
                'expires_at': fields.Datetime.now(),
            }
        )
        return Document(payment)

    def _claim(self, template=None, user=None):
        """Claim as a customer does; return the coupon for staff to look at."""
        user = user or self.user_a
        env = self._as_customer(user)
        coupon = (template or self.template).with_env(env)._claim(user.with_env(env))
        return self.env['wx.coupon'].browse(coupon.id)


class Document:
    """What coupons ask of a document: its model, id and payment."""

    _name = 'wx.test.document'

    def __init__(self, payment):
        self.id = payment.id
        self.payment_order_id = payment


class CouponCase(CouponMixin, WxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpCoupons()
        # One transaction a test class: batches are not committed.
        crons = cls.registry['ir.cron']
        cls.startClassPatcher(patch.object(crons, '_commit_progress', lambda *args, **kwargs: 10))


class CouponHttpCase(CouponMixin, WxHttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpCoupons()
        cls.env.flush_all()
        # All tests count in one process; one of them is about the rate.
        cls.startClassPatcher(patch.dict(os.environ, {'WX_RATE_LIMITS': 'off'}))

    def api(self, method, path, *, headers=None, **values):
        """Override of `wx_base` to ask for English, whatever languages the database has."""
        headers = {'Accept-Language': 'en-US', **(headers or {})}
        return super().api(method, path, headers=headers, **values)

    def get(self, path, user=None):
        """Return `data` of a GET that must succeed."""
        status, envelope = self.api('GET', path, user=user or self.user_a)
        self.assertEqual((status, envelope['code']), (200, 0), envelope)
        return envelope['data']

    def post(self, path, body=None, *, user=None, key=None):
        """Return `(status, envelope)` of a POST with an idempotency key of its own."""
        headers = {'Idempotency-Key': key or secrets.token_hex(8)}
        return self.api('POST', path, user=user or self.user_a, body=body or {}, headers=headers)

    def assertRefused(self, answer, status, code):
        """Assert status and code of `(status, envelope)` and return the envelope."""
        self.assertEqual((answer[0], answer[1]['code']), (status, code), answer[1])
        return answer[1]
