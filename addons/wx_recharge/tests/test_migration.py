from odoo.modules.migration import load_script
from odoo.tests import TransactionCase, tagged
from odoo.tools import file_path

SCRIPT = 'wx_recharge/migrations/19.0.1.2.0/pre-products.py'
CONSTRAINT = 'wx_recharge_supplier_product_product_uniq'


@tagged('post_install', '-at_install')
class TestMigration(TransactionCase):
    """A table as version 19.0.1.1.0 has left it takes several products of one package."""

    def setUp(self):
        super().setUp()
        self.script = load_script(file_path(SCRIPT), 'pre-products')
        self.env.cr.execute(
            f"""ALTER TABLE wx_recharge_supplier_product
                  ADD CONSTRAINT {CONSTRAINT} UNIQUE (package_id, supplier_id, sku)"""
        )

    def _has_constraint(self):
        self.env.cr.execute('SELECT 1 FROM pg_constraint WHERE conname = %s', (CONSTRAINT,))
        return bool(self.env.cr.fetchone())

    def test_old_constraint_goes_and_may_be_gone(self):
        self.script.migrate(self.env.cr, '19.0.1.1.0')
        self.assertFalse(self._has_constraint())
        self.script.migrate(self.env.cr, '19.0.1.1.0')
        self.assertFalse(self._has_constraint())

    def test_new_database_is_left_alone(self):
        self.script.migrate(self.env.cr, None)
        self.assertTrue(self._has_constraint())
