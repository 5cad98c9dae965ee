from . import login
from . import messages
from . import openapi
from . import profile
