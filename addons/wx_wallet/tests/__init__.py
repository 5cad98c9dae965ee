from . import test_access
from . import test_conversion_http
from . import test_transfer_concurrency
from . import test_transfer_http
from . import test_wallet_http
from . import test_wx_user
