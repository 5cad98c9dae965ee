from . import rbac_account
