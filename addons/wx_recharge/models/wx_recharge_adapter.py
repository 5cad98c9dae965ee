from types import MappingProxyType

from odoo import models
from odoo.exceptions import ValidationError

from odoo.addons.wx_base.const import SANDBOX_URL
from odoo.addons.wx_base.tools.settings import get_setting

SAFEST_FIRST = ('supplier_sandbox', 'simulator', 'production')


class WxRechargeAdapter(models.AbstractModel):
    """One kind of supplier; there is a model for each, named after its code.

    The wire clients of `lib/topup` all have the same verbs (`lib/topup/adapter.py`), so a new
    kind is one client, and one model that inherits this one and adds its code to
    `wx.recharge.supplier.adapter`.
    """

    _name = 'wx.recharge.adapter'
    _description = 'Recharge Supplier Adapter'

    # Endpoint of the supplier → address of its API; empty where nothing is called.
    _bases = MappingProxyType({})
    # Where the dialect lives below the address of the sandbox.
    _sandbox_path = ''
    # Fields of the supplier that the wire is made of: a change is checked, and ends tokens.
    _wire_fields = frozenset({'adapter', 'client_id', 'client_secret', 'endpoint'})

    # Those of them that say whose account is used where; secrets of it may be renewed any time.
    _account_fields = frozenset({'adapter', 'client_id', 'endpoint'})

    # === CALLS === #

    def _build(self, supplier, timeout=None):
        """Return the `topup` adapter of a supplier, which needs no record any more.

        :param supplier: in sudo, because secrets are readable by the system group only
        :param float timeout: seconds a reading call may take
        """
        raise NotImplementedError

    def _base(self, supplier):
        """Return the address of the supplier's API."""
        if supplier.endpoint == 'simulator':
            return self._sandbox_url() + self._sandbox_path
        return self._bases[supplier.endpoint]

    def _sandbox_url(self):
        return (get_setting('wx_sandbox_url') or SANDBOX_URL).rstrip('/')

    # === SETTINGS === #

    def _check(self, supplier):
        """Refuse settings that could never work, at entry and not at the first order.

        :raise ValidationError: says what is wrong
        """
        if self._bases and supplier.endpoint not in self._endpoints():
            raise ValidationError(self.env._('This supplier has no such server. Choose another.'))

    def _endpoints(self):
        """Return the endpoints that this kind of supplier has, the safest one first."""
        return sorted({*self._bases, 'simulator'}, key=SAFEST_FIRST.index)

    def _check_sku(self, supplier, sku):
        """Return what is wrong with a sku, '' when nothing is."""
        return ''

    def _operator_ref(self, sku):
        """Return the supplier's operator that a sku belongs to, '' when it does not say."""
        return ''
