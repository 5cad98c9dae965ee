"""`@requires`: the one point at which a business act is allowed, approved and written down.

Every road ends in the method: button, RPC, JSON-2, import, server action. A method that only
the server calls needs no guard; a public one that changes something that matters does.
"""

import functools

from odoo.models import BaseModel


class _Seal(str):
    """A value of the context that no client can send: only itself is equal to it.

    It is a text so that a context that holds it can still be sent as JSON, as an ordinary text.
    """

    __slots__ = ()
    __hash__ = object.__hash__

    def __eq__(self, other):
        return self is other

    def __ne__(self, other):
        return self is not other


SEAL = _Seal('<seal>')
MARKS = frozenset({'rbac_inside', 'rbac_approved'})


def is_inside(env):
    """Tell whether `env` is the one of a guarded method that is running."""
    return env.context.get('rbac_inside') is SEAL


def is_approved(env):
    """Tell whether a second person has consented to the guarded method that is running."""
    return env.context.get('rbac_approved') is SEAL


def outside(context):
    """Return `context` without the marks of a guarded method that is running."""
    return {key: value for key, value in context.items() if key not in MARKS}


def requires(code, amount=None):
    """Guard a model method by a permission of the catalogue.

    The user of the environment must have the permission, whether in sudo or not: sudo lifts
    record rules, not business rights. The superuser (scheduled actions) passes.

    If the permission asks for approval, the caller gets an action on the request instead of
    the method's result (`rbac.approval._of_result` recognizes it). Called by another guarded
    method that nobody has approved, it ends in a `RedirectWarning` to the request instead. An
    override must be decorated too: what it does around `super()` would otherwise be done
    without approval.

    :param str code: code of an `rbac.permission`, e.g. `recharge.order.refund`
    :param str amount: name of the parameter that an approval limit is compared with, in the
        smallest unit
    """

    def decorate(method):
        @functools.wraps(method)
        def guarded(self, *args, **kwargs):
            return self.env['rbac.gate']._enter(self, guarded, args, kwargs)

        guarded._rbac_code = code
        guarded._rbac_amount = amount
        guarded._rbac_method = method
        return guarded

    return decorate


def guarded_methods(registry):
    """Return `(model name, method name) → code` of every guarded method, overrides included."""
    found = {}
    for model_name, model_class in registry.items():
        for parent in reversed(model_class.mro()):
            if parent in (object, BaseModel):
                continue
            for name, attribute in vars(parent).items():
                if code := getattr(attribute, '_rbac_code', None):
                    found[model_name, name] = code
    return found


def open_overrides(registry):
    """Return the guarded methods that an override opens: it runs before the guard it calls.

    An override of a guarded method carries `@requires` itself, with the same code or its own.
    """
    return sorted(
        (model_name, name)
        for model_name, name in guarded_methods(registry)
        if not hasattr(getattr(registry[model_name], name), '_rbac_code')
    )
