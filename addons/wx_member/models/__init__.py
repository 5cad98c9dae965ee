from . import rbac_permission
from . import res_company
from . import wx_member_level
from . import wx_member_plan
from . import wx_membership
from . import wx_user
from . import wx_user_points
