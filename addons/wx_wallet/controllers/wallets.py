from datetime import UTC

from odoo import http
from odoo.http import request

from odoo.addons.wx_base.api import api_route, decode_cursor, encode_cursor
from odoo.addons.wx_base.const import API_BASE

from . import present
from .schemas import EntryList, EntryQuery, TransferAnswer, TransferRequest, WalletList

WALLETS = f'{API_BASE}/wallets'


class WalletApi(http.Controller):
    @api_route(WALLETS, methods=['GET'], answer=WalletList, readonly=True)
    def wallets(self, call):
        """List one's own wallets, one for each asset; zero where nothing was booked yet."""
        wallets = call.env['wx.wallet']._list(call.wx_user)
        return WalletList(
            wallet_no=call.wx_user.wallet_no,
            items=[present.wallet(asset, account) for asset, account in wallets],
        )

    @api_route(
        f'{WALLETS}/<wx_asset:asset>/entries',
        methods=['GET'],
        query=EntryQuery,
        answer=EntryList,
        readonly=True,
    )
    def entries(self, call, asset):
        """List what went in and out of one's own wallet, newest first."""
        wallets = call.env['wx.wallet']
        account = wallets._account(call.wx_user, wallets._asset(call.wx_user, asset))
        page, has_more = wallets._entries(
            account,
            decode_cursor(call.env, call.query.cursor),
            call.query.limit,
            reason=call.query.reason,
            since=_naive(call.query.since),
            until=_naive(call.query.until),
        )
        numbers = wallets._document_numbers(page)
        return EntryList(
            items=[present.entry(entry, numbers.get(entry)) for entry in page],
            next_cursor=encode_cursor(page[-1].version) if has_more else None,
        )

    @api_route(
        f'{WALLETS}/<wx_asset:asset>/transfer',
        methods=['POST'],
        body=TransferRequest,
        answer=TransferAnswer,
        idempotent=True,
        rate='10/minute',
    )
    def transfer(self, call, asset):
        """Send something to another customer, named by the number of their wallet."""
        wallets = call.env['wx.wallet']
        asset = wallets._asset(call.wx_user, asset)
        entry = wallets._transfer(
            call.wx_user, asset, call.body.to, call.body.amount, idempotency_key()
        )
        return TransferAnswer(
            entry=present.entry(entry), wallet=present.wallet(asset, entry.account_id)
        )


def idempotency_key():
    """Return the key, which the kernel has checked and remembers for some days.

    The ledger keeps it for good: a transfer is never booked twice under one key.
    """
    return request.httprequest.headers['Idempotency-Key']


def _naive(moment):
    """Return a time as the database has it: in UTC, without saying so."""
    return moment and moment.astimezone(UTC).replace(tzinfo=None)
