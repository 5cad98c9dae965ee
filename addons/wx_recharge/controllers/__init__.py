from . import callback, catalogue, orders
