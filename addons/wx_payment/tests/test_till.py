from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.wx_base.exceptions import InvalidInput

from .common import PaymentCommon


@tagged('post_install', '-at_install')
class TestTill(PaymentCommon):
    """Payments that staff take. The ways of each provider are tested with the provider."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.staff = cls._create_all_staff('till')

    def test_what_is_no_payment_code_is_refused_before_anything_happens(self):
        order = self._create_order().with_user(self.staff['operator'])
        for code in ('', '1', '9' * 18, '16' + '0' * 16, '1' * 19, '31' + '0' * 16, 7, None):
            with self.subTest(code=code):
                error = self._expect(InvalidInput, order.action_charge, code)
                self.assertIn('auth_code', error.fields)
        self.assertEqual(order.state, 'draft')
        self.assertFalse(order.sudo().attempt_ids)
        self.assertEqual(self.wechat.calls, [])

    def test_support_and_auditors_take_no_payments(self):
        order = self._create_order()
        for role in ('support', 'auditor'):
            with self.subTest(role=role), self.assertRaises(AccessError):
                order.with_user(self.staff[role]).action_charge('1' * 18)
        self.assertEqual(self.wechat.calls, [])
