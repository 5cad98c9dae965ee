from odoo.modules.migration import load_script
from odoo.tests import tagged
from odoo.tools import file_path

from .common import OTHER_PHONE, RechargeCase

SCRIPT = 'wx_recharge/migrations/19.0.1.2.0/post-order_quotes.py'


@tagged('post_install', '-at_install')
class TestMigrationQuotes(RechargeCase):
    def test_orders_of_before_get_their_price_as_list_price(self):
        script = load_script(file_path(SCRIPT), 'post-order_quotes')
        old, new = self._place(), self._place(phone=OTHER_PHONE)
        new.write({'list_price_fen': 3000, 'member_saving_fen': 620})
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE wx_recharge_order
                  SET list_price_fen = NULL, member_saving_fen = NULL, coupon_saving_fen = NULL
                WHERE id = %s""",
            [old.id],
        )
        script.migrate(self.env.cr, None)
        self.env.invalidate_all()
        self.assertFalse(old.list_price_fen)
        for _time in range(2):
            script.migrate(self.env.cr, '19.0.1.1.0')
            self.env.invalidate_all()
            self.assertRecordValues(
                old + new,
                [
                    {'list_price_fen': 2380, 'member_saving_fen': 0, 'coupon_saving_fen': 0},
                    {'list_price_fen': 3000, 'member_saving_fen': 620, 'coupon_saving_fen': 0},
                ],
            )
