from datetime import timedelta

from odoo import api, fields, models

from ..const import INBOX_DAYS, INBOX_GC_BATCH
from ..exceptions import NotFound


class WxInboxMessage(models.Model):
    """A message in the inbox of the mini-program, for whom WeChat may not be used."""

    _name = 'wx.inbox.message'
    _description = 'Inbox Message'
    _order = 'id desc'
    _rec_name = 'title'

    wx_user_id = fields.Many2one(
        'wx.user', string='To', required=True, readonly=True, ondelete='cascade'
    )
    company_id = fields.Many2one(related='wx_user_id.company_id', store=True, index=True)
    message_id = fields.Many2one(
        'wx.message',
        string='Instead Of',
        readonly=True,
        index='btree_not_null',
        ondelete='set null',
        help='The message that could not be sent through WeChat.',
    )
    title = fields.Char(required=True, readonly=True)
    body = fields.Text(readonly=True)
    page = fields.Char(readonly=True, help='Page of the mini-program that opens.')
    read_at = fields.Datetime(readonly=True, help='Empty until the customer has read it.')

    _customer_idx = models.Index('(wx_user_id, id)')
    _unread_idx = models.Index('(wx_user_id) WHERE read_at IS NULL')
    _message_uniq = models.UniqueIndex(
        '(message_id) WHERE message_id IS NOT NULL', 'The message is in the inbox already.'
    )

    # === BUSINESS METHODS === #

    @api.model
    def _deliver(self, wx_user, title, body, page='', message=None):
        """Put a message into a customer's inbox, in the caller's transaction.

        :param message: `wx.message` that this one stands for; it is delivered once
        """
        inbox = self.sudo()  # nobody writes inboxes by right
        known = message and inbox.search([('message_id', '=', message.id)])
        return known or inbox.create(
            {
                'wx_user_id': wx_user.id,
                'title': title,
                'body': body,
                'page': page,
                'message_id': message.id if message else False,
            }
        )

    @api.model
    def _mark_read(self, wx_user, ids=None):
        """Mark messages of the customer as read, all of them when no ids are given.

        :raise NotFound: one of the messages is not the customer's; nothing is marked then
        """
        domain = [('wx_user_id', '=', wx_user.id)]
        if ids is None:
            domain.append(('read_at', '=', False))
        else:
            domain.append(('id', 'in', ids))
        found_sudo = self.sudo().search(domain)  # customers have no right to write
        if ids is not None and len(found_sudo) < len(set(ids)):
            raise NotFound(self.env._('There is no such message.'))
        found_sudo.filtered(lambda row: not row.read_at).read_at = fields.Datetime.now()

    # === CRON METHODS === #

    @api.autovacuum
    def _gc_old(self):
        """Delete what is too old to be looked for."""
        before = fields.Datetime.now() - timedelta(days=INBOX_DAYS)
        old = self.search([('create_date', '<', before)], order='id', limit=INBOX_GC_BATCH)
        old.unlink()
        return len(old), len(old) == INBOX_GC_BATCH
