from . import export
from . import wx_ledger
