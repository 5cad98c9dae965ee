"""Orders of before had one price: the list price, from which nothing was taken off."""


def migrate(cr, version):
    if not version:
        return
    cr.execute(
        """
        UPDATE wx_recharge_order
           SET list_price_fen = price_fen, member_saving_fen = 0, coupon_saving_fen = 0
         WHERE list_price_fen IS NULL
        """
    )
