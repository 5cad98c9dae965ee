from odoo import fields, models

from ..lib.topup.errors import Refused, SignatureError
from ..lib.topup.normalized import CallbackReply, Capabilities, Idempotency, Result, State

# A person may take as long as it takes: silence is never proof, the alarm is the supplier's.
CAPABILITIES = Capabilities(
    asynchronous=True,
    callback=False,
    callback_signed=False,
    idempotency=Idempotency.ENFORCED,
    query_by_our_ref=True,
    query_window_days=None,
    cancel=False,
    ranged_amounts=True,
    local_amount=True,
    per_number_gap_s=0,
    max_process_s=72 * 3600,
)


class Desk:
    """People, behind the interface of `lib/topup`: an order is accepted and then waited for.

    What they did comes by `wx.recharge.attempt.action_hand_done` and `action_hand_failed`.
    """

    capabilities = CAPABILITIES
    callback_reply = CallbackReply()

    def fetch_balance(self):
        """Refuse: people have no balance with us."""
        raise Refused('there is no balance')

    def fetch_catalogue(self):
        """Return nothing: what people deliver is entered by hand."""
        return iter(())

    def lookup_number(self, e164, country):
        """Return nothing: people are not asked while a customer waits."""
        return ()

    def submit(self, order):
        """Put the order on the desk."""
        return Result(state=State.ACCEPTED, request=f'{order.sku} → {order.e164}')

    def query(self, our_ref, supplier_ref=''):
        """Tell that it still lies there: nobody has told the end."""
        return Result(state=State.PROCESSING)

    def parse_callback(self, headers, body, secret):
        """Refuse: nobody calls."""
        raise SignatureError('the desk is never called')


class WxRechargeSupplier(models.Model):
    _inherit = 'wx.recharge.supplier'

    adapter = fields.Selection(
        selection_add=[('manual', 'By Hand')], ondelete={'manual': 'cascade'}
    )


class WxRechargeAdapterManual(models.AbstractModel):
    """Staff who deliver by hand; there is no wire."""

    _name = 'wx.recharge.adapter.manual'
    _description = 'Supplier by Hand'
    _inherit = ['wx.recharge.adapter']

    def _build(self, supplier, timeout=None):
        return Desk()
