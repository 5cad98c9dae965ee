from . import ir_http
from . import wx_ledger_asset
from . import wx_user
from . import wx_wallet
from . import wx_wallet_conversion
from . import wx_wallet_transfer
