from . import login
from . import openapi
from . import profile
