import hashlib
import json
import logging
import re
from urllib.parse import parse_qsl

import psycopg2

from odoo import api, fields, models

from odoo.addons.rbac_ext.permission import requires

from ..const.suppliers import SLUG_PATTERN
from ..lib.topup.errors import SignatureError
from ..lib.topup.normalized import CallbackReply
from ..lib.topup.transport import mask, parse_json, redact

_logger = logging.getLogger(__name__)

# Kept of a callback's headers: what its signature was made of.
KEPT_HEADER_PREFIXES = ('x-reloadly-', 'content-type')
CALLBACK_STATES = (
    ('received', 'Received'),
    ('done', 'Processed'),
    ('ignored', 'No Such Attempt'),
)


class WxRechargeCallback(models.Model):
    """Inbox of suppliers' callbacks: verified, stored raw, committed, answered; then read.

    A callback is a hint only: the supplier is asked about the order before anything changes.
    Source: spec/topup_suppliers.md §0 rule 5.
    """

    _name = 'wx.recharge.callback'
    _description = 'Supplier Callback'
    _inherit = ['wx.job.mixin']
    _order = 'id desc'
    _rec_name = 'our_ref'

    _job_cron = 'wx_recharge.ir_cron_run_callbacks'
    _job_max_tries = 8

    supplier_id = fields.Many2one(
        'wx.recharge.supplier', required=True, readonly=True, index=True, ondelete='restrict'
    )
    company_id = fields.Many2one(related='supplier_id.company_id', store=True, index=True)
    digest = fields.Char(required=True, readonly=True)
    headers = fields.Text(readonly=True)
    body = fields.Text(readonly=True)
    our_ref = fields.Char(string='Reference', readonly=True, index='btree_not_null')
    supplier_ref = fields.Char(string="Supplier's Reference", readonly=True)
    state_hint = fields.Char(readonly=True)
    authenticated = fields.Boolean(
        string='Signed', readonly=True, help='Proven to come from the supplier.'
    )
    received_count = fields.Integer(readonly=True, default=1, aggregator=None)
    state = fields.Selection(
        list(CALLBACK_STATES), required=True, readonly=True, default='received'
    )
    attempt_id = fields.Many2one('wx.recharge.attempt', readonly=True, index='btree_not_null')

    _digest_uniq = models.Constraint(
        'UNIQUE(supplier_id, digest)', 'This callback is stored already.'
    )

    # === ACTION METHODS === #

    @requires('recharge.callback.retry')
    def action_job_retry(self):
        """Have the callbacks processed again now."""
        self._job_restart()

    # === BUSINESS METHODS === #

    @api.model
    def _receive(self, slug, headers, body, address=''):
        """Verify and store a callback; return what to answer.

        Runs as sudo: nobody is logged in. A repeat asks the supplier again, because the
        first asking may have been too early. What is not signed is taken all the same where
        the supplier does not sign: it leads to a question and to nothing else.

        :param dict headers: as they came
        :param bytes body: as it came
        :param str address: who called
        :rtype: CallbackReply
        """
        supplier = self.env['wx.recharge.supplier']
        if re.fullmatch(SLUG_PATTERN, slug):
            supplier = supplier.search([('callback_slug', '=', slug)])
        if not supplier:
            return CallbackReply(404)
        if not supplier._admits(address):
            supplier._count_refused(f'from {address}')
            return CallbackReply(403)
        adapter = supplier._build_adapter()
        try:
            event = adapter.parse_callback(headers, body, supplier.webhook_secret or '')
        except SignatureError as error:
            supplier._count_refused(str(error))
            return CallbackReply(401)
        self._store(supplier, event, headers, body)
        return adapter.callback_reply

    @api.model
    def _store(self, supplier, event, headers, body):
        """Keep a callback, or count a repeat, and have it followed."""
        digest = hashlib.sha256(body).hexdigest()
        callback = self.search([('supplier_id', '=', supplier.id), ('digest', '=', digest)])
        if callback:
            callback.received_count += 1
            callback._job_queue()
            return
        try:
            with self.env.cr.savepoint():
                self.create(self._prepare_vals(supplier, event, headers, body))._job_queue()
                self.env.flush_all()
        except psycopg2.errors.UniqueViolation:
            # It came twice at once: the other one is stored for good and will be followed.
            _logger.info('callback of supplier %s came twice at once', supplier.id)

    @api.model
    def _prepare_vals(self, supplier, event, headers, body):
        return {
            'supplier_id': supplier.id,
            'digest': hashlib.sha256(body).hexdigest(),
            'headers': json.dumps(self._kept_headers(headers), sort_keys=True),
            'body': mask(self._masked(body), event.secrets),
            'our_ref': event.our_ref,
            'supplier_ref': event.supplier_ref,
            'state_hint': event.state_hint.value,
            'authenticated': event.authenticated,
        }

    @api.model
    def _kept_headers(self, headers):
        return {
            name: value
            for name, value in headers.items()
            if name.lower().startswith(KEPT_HEADER_PREFIXES)
        }

    @api.model
    def _masked(self, body):
        """Return the body as text, without the codes and secrets that suppliers put in it."""
        text = body.decode(errors='replace').replace('\x00', '\ufffd')
        document = parse_json(body)
        if isinstance(document, dict | list):
            hidden = redact(document)
            if hidden == document:
                return text
            return json.dumps(hidden, ensure_ascii=False, default=str)
        if '=' not in text:
            return text
        pairs = parse_qsl(text, keep_blank_values=True)
        return '&'.join(f'{name}={redact({name: value})[name]}' for name, value in pairs)

    def _job_run(self):
        """Ask the supplier about the attempt that the callback names."""
        attempt = self._find_attempt()
        if not attempt:
            _logger.warning('callback %s names no attempt of ours', self.id)
            self.state = 'ignored'
            return
        self.write({'state': 'done', 'attempt_id': attempt.id})
        if attempt.state != 'draft':
            attempt._query()

    def _find_attempt(self):
        attempts = self.env['wx.recharge.attempt']
        own = [('supplier_id', '=', self.supplier_id.id)]
        if self.our_ref:
            return attempts.search([*own, ('reference', '=', self.our_ref.upper())], limit=1)
        return attempts.search([*own, ('supplier_ref', '=', self.supplier_ref)], limit=1)
