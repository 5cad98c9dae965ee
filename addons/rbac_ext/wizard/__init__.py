from . import rbac_emergency_take
from . import rbac_explorer_question
from . import rbac_pack
from . import rbac_user_disable
from . import rbac_user_restore
