import logging

from odoo import SUPERUSER_ID, models
from odoo.http import SessionExpiredException, request

from .. import const_account as const


class FirstStepException(SessionExpiredException):
    """The person has to set a password or a second factor before anything else."""

    loglevel = logging.DEBUG

    def __init__(self, step):
        super().__init__(f'{step} first')
        self.step = step


class IrHttp(models.AbstractModel):
    _inherit = 'ir.http'

    @classmethod
    def _authenticate(cls, endpoint):
        """Override of `base`: first things first, on every route and by every kind of key."""
        super()._authenticate(endpoint)
        # Routes that know nobody (`/odoo` is one) act on the session all the same.
        uid = request.env.uid or request.session.uid
        if not uid or f'{request.httprequest.path}/'.startswith(const.OPEN_ROUTES):
            return
        users = request.env(user=SUPERUSER_ID)['res.users']
        step = users.browse(uid)._rbac_next_step()
        if step:
            raise FirstStepException(step)

    @classmethod
    def _handle_error(cls, exception):
        """Override of `base`: a page leads to the step; a call is refused."""
        if request.dispatcher.routing_type == 'http' and isinstance(exception, FirstStepException):
            return request.redirect(const.STEP_ROUTES[exception.step])
        return super()._handle_error(exception)
