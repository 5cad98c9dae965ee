import inspect

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.modules.registry import Registry

from .. import canonical, const_log
from ..permission import is_approved, outside
from .rbac_log import arguments_by_name

ORM_METHODS = frozenset({'create', 'write', 'unlink', 'copy'})


class RbacGate(models.AbstractModel):
    _inherit = 'rbac.gate'

    @api.model
    def _perform(self, records, guarded, args, kwargs):
        """Override to ask a second person where the permission says so.

        Whoever calls `create`, `write` or `unlink` expects something else than an action and would
        go on as if the act were done. So these end in an error that leads to the request.

        :return: the method's result, or the action on the request for approval
        """
        needed, amount = self._needs_consent(records, guarded, args, kwargs)
        if not needed:
            return super()._perform(records, guarded, args, kwargs)
        self._check_topmost(records, guarded)
        if guarded.__name__ in ORM_METHODS:
            raise self._leading_to_request(records, guarded, args, kwargs, amount)
        return self.env['rbac.approval']._ask(records, guarded, args, kwargs, amount)

    @api.model
    def _perform_inside(self, records, guarded, args, kwargs):
        """Override: consent to an act covers all it calls; without it, what it calls asks anew.

        Otherwise an act that needs no consent would be a way round the consent to another one.
        """
        if not is_approved(records.env) and not _is_judged_above(records, guarded):
            needed, amount = self._needs_consent(records, guarded, args, kwargs)
            if needed:
                self._check_topmost(records, guarded)
                raise self._leading_to_request(records, guarded, args, kwargs, amount)
        return super()._perform_inside(records, guarded, args, kwargs)

    @api.model
    def _needs_consent(self, records, guarded, args, kwargs):
        """Return whether a second person has to consent to the call, and the call's amount."""
        if records.env.uid == SUPERUSER_ID:
            return False, None
        permission = self.env['rbac.permission']._of(guarded._rbac_code)
        if permission.approval == 'never':
            return False, None
        amount = self._amount(records, guarded, args, kwargs)
        return permission._needs_approval(amount), amount

    @api.model
    def _check_topmost(self, records, guarded):
        """Refuse a call by an override that would go on after `super()` as if the act were done."""
        if getattr(_topmost(records, guarded), '_rbac_method', None) is guarded._rbac_method:
            return
        raise UserError(
            self.env._(
                'An override of %(method)s lacks its guard %(code)s: report it to the developers.',
                method=guarded.__name__,
                code=guarded._rbac_code,
            )
        )

    @api.model
    def _leading_to_request(self, records, guarded, args, kwargs, amount):
        """Make the request apart and return the error that rolls this transaction back."""
        return RedirectWarning(
            self.env._('A second person has to approve this. Nothing has been changed yet.'),
            self._ask_apart(records, guarded, args, kwargs, amount),
            self.env._('Ask for Approval'),
        )

    @api.model
    def _ask_apart(self, records, guarded, args, kwargs, amount):
        """Make the request in a transaction of its own and return the action on it.

        :raise UserError: the call is about a record that goes with the present transaction
        """
        env = records.env
        text = canonical.encode(env, args, kwargs)
        with Registry(env.cr.dbname).cursor() as cr:
            # The transaction that waits here must not be waited for.
            cr.execute('SET LOCAL lock_timeout = %s', (const_log.ASK_LOCK_TIMEOUT,))
            apart = api.Environment(cr, env.uid, outside(env.context))
            args, kwargs = canonical.decode(apart, text)
            records = records.with_env(apart)
            for value in (records, *args, *kwargs.values()):
                if isinstance(value, models.BaseModel) and value.exists() != value:
                    raise UserError(
                        env._('Save the record first: a part of this act needs approval.')
                    )
            return apart['rbac.approval']._ask(records, guarded, args, kwargs, amount)

    @api.model
    def _amount(self, records, guarded, args, kwargs):
        """Return the amount of the call, None if it has none.

        :raise UserError: it is no whole number, so that no limit can be compared with it
        """
        if not guarded._rbac_amount:
            return None
        method = guarded._rbac_method
        named = arguments_by_name(method, records, args, kwargs)
        default = inspect.signature(method).parameters[guarded._rbac_amount].default
        amount = named.get(guarded._rbac_amount, default)
        if amount is None or amount is inspect.Parameter.empty:
            return None
        if isinstance(amount, bool) or not isinstance(amount, int):
            raise UserError(
                self.env._('The amount has to be a whole number, in the smallest unit.')
            )
        return amount

    @api.model
    def _perform_approved(self, records, guarded, args, kwargs, approval_id):
        """Run an approved call once, checked and logged as the requester's own act."""
        arguments = arguments_by_name(guarded._rbac_method, records, args, kwargs)
        log = records.env['rbac.log']
        line = log._prepare_line(
            records, guarded._rbac_code, guarded.__name__, arguments, approval_id
        )

        def run():
            self._check(records, guarded._rbac_code)
            return self._run(records, guarded, args, kwargs, approved=True)

        return log._run_logged(line, run)


class RbacPermission(models.Model):
    _inherit = 'rbac.permission'

    def _needs_approval(self, amount):
        """Tell whether an act of that amount needs consent; without an amount it does."""
        self.ensure_one()
        if self.approval == 'above' and amount is not None:
            return abs(amount) > self.approval_limit
        return self.approval != 'never'

    def _may_approve(self, user):
        """Tell whether `user` has the right to consent: by role, or by holding the permission."""
        self.ensure_one()
        if not user.active or user.share or user.id == SUPERUSER_ID:
            return False
        if roles := self.approver_role_ids:
            return not set(roles.group_id.ids).isdisjoint(user._get_group_ids())
        return user._has_permission(self.code)


def _topmost(records, guarded):
    return getattr(type(records), guarded.__name__, None)


def _is_judged_above(records, guarded):
    """Tell whether this is the `super()` of a method whose guard has judged the same call."""
    topmost = _topmost(records, guarded)
    return (
        getattr(topmost, '_rbac_code', None) == guarded._rbac_code
        and topmost._rbac_method is not guarded._rbac_method
    )
