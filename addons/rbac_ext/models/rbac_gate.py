import logging

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import AccessError

from ..permission import SEAL, is_inside

_logger = logging.getLogger(__name__)


class RbacGate(models.AbstractModel):
    """Where guarded methods pass: permission, consent, log, in this order."""

    _name = 'rbac.gate'
    _description = 'Gate of Guarded Methods'

    @api.model
    def _enter(self, records, guarded, args, kwargs):
        """Run a guarded method for the user of `records`, if allowed.

        Only the outermost guarded method is approved and logged: what it calls belongs to it.
        The mark of being inside is a seal, because clients send contexts of their own.

        :param records: recordset the method was called on
        :param guarded: function with the attributes that `requires` sets
        :raise AccessError: the user lacks the permission
        """
        if is_inside(records.env):
            self._check(records, guarded._rbac_code)
            return guarded._rbac_method(records, *args, **kwargs)
        result = self._outermost(records, guarded, args, kwargs)
        if isinstance(result, models.BaseModel):
            # What is done with the result later is not inside any more.
            result = result.with_env(result.env(context=_outside(result.env.context)))
        return result

    @api.model
    def _outermost(self, records, guarded, args, kwargs):
        """Check and perform what a person has asked for; the business log extends this."""
        self._check(records, guarded._rbac_code)
        return self._perform(records, guarded, args, kwargs)

    @api.model
    def _check(self, records, code):
        """Refuse whoever lacks the permission, except the superuser.

        :raise AccessError: names the permission, so that an administrator knows what to give
        """
        user = records.env.user
        if user.id == SUPERUSER_ID or user._has_permission(code):
            return
        _logger.info('user %s lacks %s for %s', user.login, code, records)
        permission = self.env['rbac.permission']._of(code)
        raise AccessError(
            self.env._(
                'Your roles do not allow "%(name)s" (%(code)s). Ask an administrator.',
                name=permission.name,
                code=code,
            )
        )

    @api.model
    def _perform(self, records, guarded, args, kwargs):
        """Do the act, or ask for approval: approvals extend this."""
        return self._run(records, guarded, args, kwargs)

    @api.model
    def _run(self, records, guarded, args, kwargs):
        """Run the method; what it calls belongs to it."""
        inside = records.with_context(rbac_inside=SEAL)
        return guarded._rbac_method(inside, *args, **kwargs)


def _outside(context):
    return {key: value for key, value in context.items() if key != 'rbac_inside'}
