from . import birthday, coupons, templates
