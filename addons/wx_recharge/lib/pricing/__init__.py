"""From what a top-up costs to what it is sold for; pure, without Odoo.

Amounts are integers in fen, rates and margins are `Decimal`; whatever cannot be exact is rounded
up, never to our loss.
"""
