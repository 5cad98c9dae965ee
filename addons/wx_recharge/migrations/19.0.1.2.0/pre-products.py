"""A supplier's product is unique by supplier, sku and amount, no longer by package."""


def migrate(cr, version):
    if not version:
        return
    cr.execute(
        """ALTER TABLE wx_recharge_supplier_product
            DROP CONSTRAINT IF EXISTS wx_recharge_supplier_product_product_uniq"""
    )
