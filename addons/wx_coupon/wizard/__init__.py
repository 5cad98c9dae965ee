from . import wx_coupon_make_codes
from . import wx_coupon_make_void
