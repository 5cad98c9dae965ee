from . import wx_recharge_settle
