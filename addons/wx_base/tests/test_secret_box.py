import os
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from ..tools import secret_box
from ..tools.secret_box import SecretError

KEY_1, KEY_2 = 'first-master-key-of-32-characters', 'other-master-key-of-32-characters'


def master(keys):
    return patch.dict(os.environ, {'WX_MASTER_KEY': keys, 'WX_MASTER_KEY_FILE': ''})


@tagged('post_install', '-at_install')
class TestSecretBox(BaseCase):
    def test_sealed_text_differs_each_time_and_opens_again(self):
        with master(KEY_1):
            first, second = secret_box.seal('s3cret 密'), secret_box.seal('s3cret 密')
            self.assertNotEqual(first, second)
            self.assertNotIn('s3cret', first)
            self.assertEqual(secret_box.unseal(first), 's3cret 密')

    def test_another_key_opens_nothing(self):
        with master(KEY_1):
            sealed = secret_box.seal('s3cret')
        with master(KEY_2), self.assertRaises(SecretError):
            secret_box.unseal(sealed)

    def test_a_key_is_rotated_by_putting_a_new_one_in_front(self):
        with master(KEY_1):
            old = secret_box.seal('s3cret')
        with master(f'{KEY_2},{KEY_1}'):
            self.assertEqual(secret_box.unseal(old), 's3cret')
            new = secret_box.seal('s3cret')
        with master(KEY_2):
            self.assertEqual(secret_box.unseal(new), 's3cret')

    def test_a_missing_or_short_key_fails_closed(self):
        for keys in ('', 'short', f'{KEY_1},short'):
            with self.subTest(keys=keys), master(keys), self.assertRaises(SecretError):
                secret_box.seal('s3cret')

    def test_a_text_that_looks_sealed_is_no_sealed_text(self):
        with master(KEY_1):
            self.assertFalse(secret_box.is_sealed('wx1:not really'))
            self.assertTrue(secret_box.is_sealed(secret_box.seal('x')))

    def test_keys_of_different_purposes_differ(self):
        with master(KEY_1):
            self.assertNotEqual(secret_box.derived_key('tokens'), secret_box.derived_key('fields'))
