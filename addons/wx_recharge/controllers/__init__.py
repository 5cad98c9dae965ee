from . import callback, catalogue, logo, numbers, orders
