from odoo import http

from odoo.addons.wx_base.api import api_route

from . import present
from .schemas import ConversionAnswer, ConversionRequest, Quote, QuoteQuery, RateList
from .wallets import WALLETS, idempotency_key


class WalletConversionApi(http.Controller):
    @api_route(f'{WALLETS}/rates', methods=['GET'], answer=RateList, readonly=True)
    def rates(self, call):
        """List the rates of conversion in force."""
        rates = call.env['wx.wallet']._rates(call.wx_user)
        return RateList(items=[present.rate(rate) for rate in rates])

    @api_route(
        f'{WALLETS}/<wx_asset:asset>/quote',
        methods=['GET'],
        query=QuoteQuery,
        answer=Quote,
        readonly=True,
    )
    def quote(self, call, asset):
        """Tell what an amount gives in another asset now; nothing is reserved."""
        wallets = call.env['wx.wallet']
        source = wallets._asset(call.wx_user, asset)
        target = wallets._asset(call.wx_user, call.query.to_asset)
        return present.quote(wallets._offer(source, target, call.query.amount))

    @api_route(
        f'{WALLETS}/<wx_asset:asset>/convert',
        methods=['POST'],
        body=ConversionRequest,
        answer=ConversionAnswer,
        idempotent=True,
        rate='20/minute',
    )
    def convert(self, call, asset):
        """Convert an amount at the rate in force.

        `expected` is what the customer was shown. If the rate gives something else by now,
        nothing is done and the answer, code 5, tells the new figure.
        """
        wallets = call.env['wx.wallet']
        source = wallets._asset(call.wx_user, asset)
        target = wallets._asset(call.wx_user, call.body.to_asset)
        offer = wallets._convert(
            call.wx_user, source, target, call.body.amount, call.body.expected, idempotency_key()
        )
        return ConversionAnswer(
            quote=present.quote(offer),
            source=present.wallet(source, wallets._account(call.wx_user, source)),
            target=present.wallet(target, wallets._account(call.wx_user, target)),
        )
