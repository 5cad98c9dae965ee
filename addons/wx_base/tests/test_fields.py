from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from odoo.addons.rbac_ext.fields import BigInteger

from ..fields import MASK
from .common import WxCase


@tagged('post_install', '-at_install')
class TestEncryptedField(WxCase):
    def _column(self):
        self.env.flush_all()
        self.env.cr.execute('SELECT secret FROM wx_app WHERE id = %s', [self.app.id])
        return self.env.cr.fetchone()[0]

    def test_the_database_holds_cipher_text_and_python_plain_text(self):
        self.assertNotIn('app-secret', self._column())
        self.assertTrue(self._column().startswith('wx1:'))
        self.app.invalidate_recordset()
        self.assertEqual(self.app.secret, 'app-secret')

    def test_a_new_value_replaces_the_old_one(self):
        before = self._column()
        self.app.secret = 'next-secret'
        self.assertNotEqual(self._column(), before)
        self.app.invalidate_recordset()
        self.assertEqual(self.app.secret, 'next-secret')

    def test_a_secret_can_be_removed(self):
        self.app.secret = False
        self.assertIsNone(self._column())
        self.assertFalse(self.app.secret)

    def test_reading_and_exporting_give_the_mask(self):
        self.assertEqual(self.app.read(['secret'])[0]['secret'], MASK)
        self.assertEqual(self.app.export_data(['secret'])['datas'], [[MASK]])
        self.assertEqual(self.app.web_read({'secret': {}})[0]['secret'], MASK)

    def test_the_mask_cannot_be_written_back(self):
        with self.assertRaises(ValidationError):
            self.app.secret = MASK
        self.app.invalidate_recordset()
        self.assertEqual(self.app.secret, 'app-secret')

    def test_a_copy_has_no_secret(self):
        self.assertFalse(self.app.copy({'appid': 'wx0000000000000001'}).secret)

    def test_only_the_system_group_reaches_the_field(self):
        finance = self._create_staff('fin', 'finance')
        with self.assertRaises(AccessError):
            self.app.with_user(finance).read(['secret'])
        with self.assertRaises(AccessError):
            self.app.with_user(finance).search([('secret', '!=', False)])


@tagged('post_install', '-at_install')
class TestBigInteger(WxCase):
    def test_values_leave_the_server_exactly(self):
        field = BigInteger()
        for value, sent in (
            (2**31 - 1, 2**31 - 1),
            (10**15, 10.0**15),
            (2**53, float(2**53)),
            (2**53 + 1, str(2**53 + 1)),
            (-(2**60), str(-(2**60))),
        ):
            with self.subTest(value=value):
                self.assertEqual(field.convert_to_read(value, self.app), sent)

    def test_the_column_is_64_bits_wide(self):
        self.assertEqual(BigInteger._column_type, ('int8', 'int8'))
