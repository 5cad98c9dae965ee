"""Figures of the dashboard."""

from types import MappingProxyType

# figure → (model, moment that counts, further domain, what is added up)
FIGURES = MappingProxyType(
    {
        'orders': ('wx.recharge.order', 'create_date', (), 'price_fen'),
        'paid': ('wx.recharge.order', 'paid_at', (), 'price_fen'),
        'delivered': (
            'wx.recharge.order',
            'delivered_at',
            (('state', '=', 'delivered'),),
            'profit_fen',
        ),
        'refunded': (
            'wx.recharge.order',
            'finished_at',
            (('state', '=', 'refunded'),),
            'price_fen',
        ),
        'customers': ('wx.user', 'create_date', (), None),
    }
)

# States of attempts that tell how good a supplier is.
GOOD_STATES = ('succeeded', 'partially_succeeded')
ENDED_STATES = (*GOOD_STATES, 'failed', 'reversed')
TOP_COUNTRIES = 10
