from . import wx_payment_charge_wizard, wx_payment_refund_wizard, wx_payment_difference_settle
from . import wx_payment_evidence_wizard
from . import wx_payment_refund_card, wx_payment_refund_settle, wx_payment_suspense_wizard
