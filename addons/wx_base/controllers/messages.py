from odoo import http

from ..api import api_route, decode_cursor, encode_cursor
from ..const import API_BASE
from .schemas_messages import (
    ConsentList,
    ConsentRequest,
    InboxList,
    InboxMessage,
    InboxQuery,
    ReadRequest,
    Unread,
)

MESSAGES = f'{API_BASE}/messages'


class MessageApi(http.Controller):
    @api_route(f'{MESSAGES}/consents', methods=['GET'], answer=ConsentList, readonly=True)
    def consents(self, call):
        """List the messages that a customer may agree to, and how many are agreed to."""
        return ConsentList(items=call.env['wx.message.consent']._list_for(call.wx_user))

    @api_route(
        f'{MESSAGES}/consents',
        methods=['POST'],
        body=ConsentRequest,
        answer=ConsentList,
        idempotent=True,
        rate='30/minute',
    )
    def book_consents(self, call):
        """Tell what the customer answered in WeChat's dialogue.

        Each "accept" allows one message.
        """
        consents = call.env['wx.message.consent']
        consents._book(call.wx_user, call.body.consents)
        return ConsentList(items=consents._list_for(call.wx_user))

    @api_route(MESSAGES, methods=['GET'], query=InboxQuery, answer=InboxList, readonly=True)
    def inbox(self, call):
        """List the messages in one's own inbox, newest first."""
        domain = [('read_at', '=', False)] if call.query.unread else []
        last_id = decode_cursor(call.env, call.query.cursor)
        if last_id:
            domain.append(('id', '<', last_id))
        found = call.env['wx.inbox.message'].search(domain, limit=call.query.limit + 1)
        page = found[: call.query.limit]
        return InboxList(
            items=[
                InboxMessage(
                    id=row.id,
                    title=row.title,
                    body=row.body or '',
                    page=row.page or '',
                    created_at=row.create_date,
                    read_at=row.read_at,
                )
                for row in page
            ],
            next_cursor=encode_cursor(page[-1].id) if len(found) > len(page) else None,
        )

    @api_route(f'{MESSAGES}/unread', methods=['GET'], answer=Unread, readonly=True)
    def unread(self, call):
        """Count the messages in one's own inbox that have not been read."""
        return self._unread(call)

    @api_route(f'{MESSAGES}/read', methods=['POST'], body=ReadRequest, answer=Unread)
    def mark_read(self, call):
        """Mark messages in one's own inbox as read and return how many are not."""
        call.env['wx.inbox.message']._mark_read(call.wx_user, call.body.ids)
        return self._unread(call)

    def _unread(self, call):
        return Unread(count=call.env['wx.inbox.message'].search_count([('read_at', '=', False)]))
