"""Every attempt belongs to a part of its order, and everything that was paid is in the ledger."""

from odoo import SUPERUSER_ID, api

from odoo.addons.wx_payment.const import REASON_PAYMENT, REASON_TO_SUSPENSE

# One channel's part for each order that a payment was started for.
LEGS = """
    INSERT INTO wx_payment_leg (order_id, company_id, kind, state, amount_fen, paid_fen,
                                refunding_fen, refunded_fen, units_refunded,
                                create_uid, create_date, write_uid, write_date)
    SELECT o.id, o.company_id, 'channel',
           CASE WHEN o.state IN ('draft', 'pending') THEN 'open'
                WHEN o.state = 'closed' THEN 'released' ELSE 'confirmed' END,
           o.amount_fen, o.paid_fen, o.refunding_fen, o.refunded_fen, 0, %s, now(), %s, now()
      FROM wx_payment_order o
     WHERE EXISTS (SELECT 1 FROM wx_payment_attempt a
                    WHERE a.order_id = o.id AND a.leg_id IS NULL)
"""
ATTEMPTS = """
    UPDATE wx_payment_attempt a SET leg_id = l.id
      FROM wx_payment_leg l WHERE l.order_id = a.order_id AND a.leg_id IS NULL
"""
# What is refunded of money in suspense belongs to no part.
REFUNDS = """
    UPDATE wx_payment_refund r SET leg_id = a.leg_id
      FROM wx_payment_attempt a
     WHERE a.id = r.attempt_id AND a.state = 'paid' AND r.leg_id IS NULL
"""
BATCH = 500


def migrate(cr, version):
    if not version:
        return
    cr.execute(LEGS, (SUPERUSER_ID, SUPERUSER_ID))
    cr.execute(ATTEMPTS)
    cr.execute(REFUNDS)
    env = api.Environment(cr, SUPERUSER_ID, {})
    env['wx.payment.channel'].with_context(active_test=False).search([])._open_clearing_accounts()
    for attempts in _batches(env['wx.payment.attempt'], [('paid_fen', '>', 0)]):
        for attempt in attempts:
            order = attempt.order_id
            if attempt.state == 'paid':
                order._book_attempt(attempt, order._revenue_account(), REASON_PAYMENT)
            else:
                order._book_attempt(attempt, order._account('suspense'), REASON_TO_SUSPENSE)
    for refunds in _batches(env['wx.payment.refund'], []):
        for refund in refunds:
            refund.order_id._book_refund(refund, 'open')
            if not refund.is_open:
                refund.order_id._book_refund(refund, 'done' if refund.state == 'done' else 'void')


def _batches(model, domain):
    """Yield all records, oldest first; booking an act again does nothing."""
    last_id = 0
    while found := model.search([*domain, ('id', '>', last_id)], order='id', limit=BATCH):
        yield found
        last_id = found[-1].id
        model.env.invalidate_all()
