from . import test_click_everywhere
from . import test_models
from . import test_odoo_lint
from . import test_one_permission
from . import test_translations
