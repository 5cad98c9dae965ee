from . import conversion
from . import wallets
