import logging

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import AccessError

from ..permission import SEAL, is_inside, outside

_logger = logging.getLogger(__name__)


class RbacGate(models.AbstractModel):
    """Where guarded methods pass: permission, consent, log, in this order."""

    _name = 'rbac.gate'
    _description = 'Gate of Guarded Methods'

    @api.model
    def _enter(self, records, guarded, args, kwargs):
        """Run a guarded method for the user of `records`, if allowed.

        Only the outermost guarded method is logged: what it calls belongs to it. The marks of
        being inside and of being approved are seals, because clients send contexts of their own.

        :param records: recordset the method was called on
        :param guarded: function with the attributes that `requires` sets
        :raise AccessError: the user lacks the permission
        """
        if is_inside(records.env):
            self._check(records, guarded._rbac_code)
            return self._perform_inside(records, guarded, args, kwargs)
        result = self._outermost(records, guarded, args, kwargs)
        if isinstance(result, models.BaseModel):
            # What is done with the result later is not inside any more.
            result = result.with_env(result.env(context=outside(result.env.context)))
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
    def _perform_inside(self, records, guarded, args, kwargs):
        """Do what another guarded method calls, as a part of it: approvals extend this."""
        return guarded._rbac_method(records, *args, **kwargs)

    @api.model
    def _run(self, records, guarded, args, kwargs, approved=False):
        """Run the method; what it calls belongs to it.

        :param bool approved: a second person has consented to just this call
        """
        marks = {'rbac_inside': SEAL, 'rbac_approved': SEAL if approved else None}
        return guarded._rbac_method(records.with_context(**marks), *args, **kwargs)
