from . import wx_ledger_adjust
from . import wx_ledger_freeze
from . import wx_ledger_limit
from . import wx_ledger_statement
from . import wx_ledger_statement_file
from . import wx_ledger_proof_resolve
