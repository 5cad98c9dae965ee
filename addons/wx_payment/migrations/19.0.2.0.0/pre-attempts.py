"""What has a number at a provider is called an attempt; a leg is a part of an order now."""

from odoo.tools import SQL
from odoo.tools.sql import column_exists, rename_column, table_exists

RENAMED_COLUMNS = (
    ('wx_payment_refund', 'leg_id', 'attempt_id'),
    ('wx_payment_notification', 'leg_id', 'attempt_id'),
    ('wx_payment_order', 'leg_count', 'attempt_count'),
)
# Names of records in data files: wx_payment_leg_view_form and the like.
RENAMED_IDS = """
    UPDATE ir_model_data
       SET name = replace(replace(name, 'wx_payment_leg', 'wx_payment_attempt'),
                          '__leg_', '__attempt_')
     WHERE module IN ('wx_payment', 'wx_recharge') AND name LIKE '%leg%'
"""


def migrate(cr, version):
    if not version or table_exists(cr, 'wx_payment_attempt'):
        return
    cr.execute('ALTER TABLE wx_payment_leg RENAME TO wx_payment_attempt')
    cr.execute('ALTER SEQUENCE wx_payment_leg_id_seq RENAME TO wx_payment_attempt_id_seq')
    _rename_constraints(cr, 'wx_payment_attempt', 'wx_payment_leg', 'wx_payment_attempt')
    for table, old, new in RENAMED_COLUMNS:
        if column_exists(cr, table, old):
            rename_column(cr, table, old, new)
        for link in ('_', '__'):  # keys and checks, indexes
            _rename_constraints(cr, table, f'{table}{link}{old}', f'{table}{link}{new}')
    cr.execute("UPDATE ir_model SET model = 'wx.payment.attempt' WHERE model = 'wx.payment.leg'")
    cr.execute(
        """UPDATE ir_model_fields SET model = 'wx.payment.attempt' WHERE model = 'wx.payment.leg'"""
    )
    cr.execute(RENAMED_IDS)
    # Views of the old model are made anew by the data files.
    cr.execute("DELETE FROM ir_ui_view WHERE model = 'wx.payment.leg'")


def _rename_constraints(cr, table, old, new):
    """Free the names that new tables and columns will use, and have Odoo know the old ones."""
    renamings = (
        (
            'SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND conname LIKE %s',
            'ALTER TABLE %(table)s RENAME CONSTRAINT %(old)s TO %(new)s',
        ),
        (
            'SELECT indexname FROM pg_indexes WHERE tablename = %s AND indexname LIKE %s',
            'ALTER INDEX %(old)s RENAME TO %(new)s',
        ),
    )
    for finding, renaming in renamings:
        cr.execute(finding, (table, f'{old}\\_%'))
        for (name,) in cr.fetchall():
            cr.execute(
                SQL(
                    renaming,
                    table=SQL.identifier(table),
                    old=SQL.identifier(name),
                    new=SQL.identifier(name.replace(old, new, 1)),
                )
            )
