from . import wx_recharge_settle
from . import wx_recharge_refund_decision
