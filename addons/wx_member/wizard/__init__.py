from . import wx_member_grant_wizard, wx_membership_revoke_wizard
