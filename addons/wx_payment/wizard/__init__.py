from . import wx_payment_refund_wizard
