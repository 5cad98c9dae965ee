from . import cron_poll
from . import api
from . import controllers
from . import models
