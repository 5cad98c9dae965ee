import json
import logging

from odoo import api, fields, models

from odoo.addons.rbac_ext.permission import requires

from ..const import MESSAGE_OUTCOMES, MESSAGE_STATES
from ..lib.wxwire import messages
from ..lib.wxwire.errors import WireError
from ..tools.transaction import commit_intent

_logger = logging.getLogger(__name__)


class WxMessage(models.Model):
    """Outbox of subscription messages: written with the state change, sent afterwards."""

    _name = 'wx.message'
    _description = 'Subscription Message'
    _inherit = ['wx.job.mixin']
    _order = 'id desc'
    _rec_name = 'template_id'

    _job_cron = 'wx_base.ir_cron_send_messages'
    _job_max_tries = 8

    wx_user_id = fields.Many2one(
        'wx.user', string='To', required=True, readonly=True, index=True, ondelete='cascade'
    )
    app_id = fields.Many2one(related='wx_user_id.app_id', store=True, index=True)
    company_id = fields.Many2one(related='wx_user_id.company_id', store=True, index=True)
    template_id = fields.Many2one(
        'wx.message.template', required=True, readonly=True, ondelete='restrict'
    )
    texts = fields.Text(readonly=True, help='Template keys and their texts, as JSON.')
    inbox_text = fields.Text(
        readonly=True, help='What the inbox of the mini-program says if WeChat does not take it.'
    )
    page = fields.Char(readonly=True)
    state = fields.Selection(list(MESSAGE_STATES), required=True, default='pending', readonly=True)
    sent_at = fields.Datetime(readonly=True)
    consent_taken = fields.Boolean(
        readonly=True, help='A consent of the customer is spent on this message.'
    )
    inbox_ids = fields.One2many('wx.inbox.message', 'message_id', string='In the Inbox')
    res_model = fields.Char(string='Document Model', readonly=True)
    res_id = fields.Many2oneReference(
        string='Document', model_field='res_model', readonly=True, index=True
    )

    # === ACTION METHODS === #

    @requires('wechat.message.retry')
    def action_job_retry(self):
        """Have messages sent again now; those without consent are tried with a new one."""
        unsent = self.filtered(lambda message: message.state != 'sent' and message.texts)
        unsent._job_restart()
        unsent.sudo().state = 'pending'

    # === BUSINESS METHODS === #

    @api.model
    def _queue(self, wx_user, code, values, document=None):
        """Write a message to be sent, in the transaction of the change it tells of.

        Without a template for the event nothing is written: which messages an app sends is
        the shop's choice. A message that cannot be composed stays visible as failed: it must
        never undo the change.

        :param wx_user: receiver
        :param str code: event, see `wx.message.template`
        :param dict values: what the template's texts may name
        :param document: record that the message is about
        """
        template = (
            self.env['wx.message.template']
            .sudo()
            .search([('app_id', '=', wx_user.app_id.id), ('code', '=', code)])
        )
        if not template:
            return self.browse()
        message = self.sudo().create(
            {
                'wx_user_id': wx_user.id,
                'template_id': template.id,
                'res_model': document._name if document is not None else False,
                'res_id': document.id if document is not None else False,
            }
        )
        message._compose(values)
        return message

    def _compose(self, values):
        """Write the texts and plan the sending; what cannot be composed stays as failed."""
        template = self.template_id
        try:
            self.inbox_text = template._render_inbox(values)
            texts, self.page = template._render(values)
        except ValueError as error:
            _logger.warning('message %s cannot be composed: %s', self.id, error)
            self.write({'state': 'failed', 'last_error': str(error)[:500]})
            self._put_in_inbox()
            return
        self.texts = json.dumps(texts, ensure_ascii=False)
        self._job_queue()

    def _job_run(self):
        """Send the message, if the customer has agreed to one; else put it into the inbox.

        A time-out is tried again: a message read twice does less harm than one never sent.
        Source: spec/wechat_miniprogram.md §5.
        """
        if not self._take_consent():
            self.state = 'no_consent'
            self._put_in_inbox()
            return
        user = self.wx_user_id
        payload = messages.subscribe_payload(
            user.openid,
            self.template_id.template_id,
            json.loads(self.texts),
            page=self.page or '',
            state=user.app_id.miniprogram_state,
            lang='zh_CN',
        )
        # The consent must not be spent twice, whatever happens during the call.
        commit_intent(self.env)
        try:
            user.app_id._call(messages.SEND_PATH, payload)
        except WireError as error:
            self._set_outcome(error)
        else:
            self.write({'state': 'sent', 'sent_at': fields.Datetime.now()})

    def _take_consent(self):
        """Spend one of the customer's consents, once a message.

        :return: False when there is none
        """
        if not self.consent_taken:
            consents = self.env['wx.message.consent']
            self.consent_taken = consents._spend(self.wx_user_id, self.template_id)
        return self.consent_taken

    def _put_in_inbox(self):
        """Let the customer find the message in the mini-program."""
        self.env['wx.inbox.message']._deliver(
            self.wx_user_id,
            self.template_id.name,
            self.inbox_text or '',
            self.page or '',
            message=self,
        )

    def _set_outcome(self, error):
        """Decide by error code: final (no consent, failed) or try again."""
        outcome = MESSAGE_OUTCOMES.get(error.code)
        if not outcome:
            self._job_retry(str(error))
            return
        self.write({'state': outcome, 'next_try_at': False, 'lease_until': False})
        self.last_error = str(error)[:500]
        consents = self.env['wx.message.consent']
        if outcome == 'no_consent':
            consents._correct(self.wx_user_id, self.template_id)
        else:
            consents._give_back(self.wx_user_id, self.template_id)
        self.consent_taken = False
        self._put_in_inbox()

    def _job_bury(self, error):
        """Override of `wx.job.mixin` to show the message as failed and in the inbox.

        Nobody knows whether WeChat has counted it, so the consent stays spent.
        """
        self.state = 'failed'
        self._put_in_inbox()
        return super()._job_bury(error)
