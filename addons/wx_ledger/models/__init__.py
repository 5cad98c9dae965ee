# Tables first: the schema of `wx.ledger` refers to those of asset, account, reason and rate.
from . import wx_ledger_amounts
from . import wx_ledger_document
from . import wx_ledger_asset
from . import wx_ledger_reason
from . import wx_ledger_account
from . import wx_ledger_account_open
from . import wx_ledger_rate
from . import wx_ledger_read_only
from . import wx_ledger_posting
from . import wx_ledger_transfer
from . import wx_ledger_entry
from . import wx_ledger_hold
from . import wx_ledger_lot
from . import wx_ledger_schema
# from . import wx_ledger
# from . import wx_ledger_holds
# from . import wx_ledger_convert
# from . import wx_ledger_cron
from . import wx_ledger_account_acts
from . import wx_ledger_account_view
from . import wx_ledger_dashboard
from . import wx_ledger_demo
from . import wx_ledger_guards
from . import wx_ledger_prove
from . import wx_ledger_seal
from . import wx_ledger_checkpoint
from . import wx_ledger_proof
from . import wx_ledger_proof_check
from . import wx_ledger_proof_finding
from . import wx_ledger_export
