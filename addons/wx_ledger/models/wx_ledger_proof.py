import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.rbac_ext.fields import BigInteger
from odoo.addons.rbac_ext.permission import requires

from .. import const_proof

_logger = logging.getLogger(__name__)

CRON = 'wx_ledger.ir_cron_prove'


class WxLedgerProof(models.Model):
    """One proof of the whole ledger.

    It runs in slices, each a range of ids checked in one statement and committed: it needs little
    memory, can stop at any moment and goes on where it was. A slice sees one snapshot, so what is
    posted meanwhile is no difference.
    """

    _name = 'wx.ledger.proof'
    _description = 'Proof of the Ledger'
    _inherit = ['mail.thread', 'mail.activity.mixin']
    _order = 'id desc'
    _rec_name = 'started_at'

    state = fields.Selection(
        list(const_proof.PROOF_STATES), required=True, readonly=True, default='running', index=True
    )
    started_at = fields.Datetime(readonly=True, required=True, default=fields.Datetime.now)
    finished_at = fields.Datetime(readonly=True)
    check_ids = fields.One2many('wx.ledger.proof.check', 'proof_id', readonly=True)
    progress = fields.Float(compute='_compute_progress', help='0 to 100.')
    # what it found
    finding_ids = fields.One2many('wx.ledger.proof.finding', 'proof_id', readonly=True)
    finding_count = BigInteger(
        compute='_compute_finding_count', string='# Differences', help='All, also those not listed.'
    )
    open_count = fields.Integer(compute='_compute_open_count', string='# Open')
    # what it proved
    posting_count = BigInteger(readonly=True, string='# Postings', aggregator=None)
    transfer_count = BigInteger(readonly=True, string='# Transfers', aggregator=None)
    account_count = BigInteger(readonly=True, string='# Accounts', aggregator=None)
    last_block = BigInteger(readonly=True, aggregator=None)
    last_hash = fields.Char(
        readonly=True,
        help='End of the chain when the proof began. Later proofs ask whether it is still there.',
    )

    # === COMPUTE METHODS === #

    @api.depends('check_ids.progress')
    def _compute_progress(self):
        for proof in self:
            shares = proof.check_ids.mapped('progress')
            proof.progress = sum(shares) / len(shares) if shares else 100

    @api.depends('check_ids.finding_count')
    def _compute_finding_count(self):
        for proof in self:
            proof.finding_count = sum(proof.check_ids.mapped('finding_count'))

    @api.depends('finding_ids.state')
    def _compute_open_count(self):
        for proof in self:
            proof.open_count = len(proof.finding_ids.filtered(lambda f: f.state == 'open'))

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._('What a proof has found is kept.'))

    # === ACTION METHODS === #

    @requires('ledger.proof.run')
    def action_prove_now(self):
        """Start a proof, unless one runs, and open it."""
        proof = self.sudo().search([('state', '=', 'running')], limit=1) or self.sudo()._start()
        self._wake()
        return {
            'type': 'ir.actions.act_window',
            'res_model': self._name,
            'res_id': proof.id,
            'views': [(False, 'form')],
            'name': self.env._('Proof of the Ledger'),
        }

    @requires('ledger.proof.run')
    def action_stop(self):
        """Let the proof rest; it can go on later."""
        self.sudo().filtered(lambda proof: proof.state == 'running').state = 'stopped'

    @requires('ledger.proof.run')
    def action_continue(self):
        """Go on where the proof was stopped."""
        self.sudo().filtered(lambda proof: proof.state == 'stopped').state = 'running'
        self._wake()

    @api.model
    @requires('ledger.export')
    def action_export(self):
        """Download the ledger for the verifier, which needs neither Odoo nor the database."""
        return self.env['wx.ledger.export'].action_download()

    # === BUSINESS METHODS === #

    @api.model
    def _wake(self):
        self.env.ref(CRON).sudo()._trigger()

    @api.model
    def _start(self):
        """Make a proof of what there is now."""
        ledger = self.env['wx.ledger']
        proof = self.create(self._prepare_totals())
        ranges = {check: (first, last) for check, first, last in ledger._proof_bounds()}
        proof.check_ids.create(
            [
                {
                    'proof_id': proof.id,
                    'code': check,
                    # An empty range is done before it begins.
                    'first': first if first is not None else 1,
                    'position': first if first is not None else 1,
                    'last': last if last is not None else 0,
                    'width': const_proof.PROOF_WIDTHS[check],
                }
                for check, (first, last) in ranges.items()
            ]
        )
        return proof

    def _prepare_totals(self):
        self.env.cr.execute(
            """SELECT (SELECT count(*) FROM wx_ledger_posting) AS posting_count,
                      (SELECT count(*) FROM wx_ledger_transfer) AS transfer_count,
                      (SELECT count(*) FROM wx_ledger_account) AS account_count,
                      b.id AS last_block, encode(b.hash, 'hex') AS last_hash
                 FROM (SELECT 1) one
                 LEFT JOIN LATERAL (SELECT id, hash FROM wx_ledger_block
                                     ORDER BY id DESC LIMIT 1) b ON true"""
        )
        return self.env.cr.dictfetchone()

    def _run_slice(self):
        """Check the next range.

        :return: whether there is more to do
        """
        self.ensure_one()
        check = self.check_ids.filtered(lambda check: not check.is_done)[:1]
        if not check:
            return False
        check._run_slice()
        return True

    def _finish(self):
        self.ensure_one()
        found = bool(self.finding_count)
        self.write({'state': 'found' if found else 'clean', 'finished_at': fields.Datetime.now()})
        _logger.info(
            'proof %s: %s postings, %s differences, chain ends with block %s %s',
            self.id,
            self.posting_count,
            self.finding_count,
            self.last_block,
            self.last_hash,
        )

    # === CRON METHODS === #

    @api.model
    def _cron_start(self):
        """Start the nightly proof unless one runs; `_cron_prove` does the work."""
        if not self.search_count([('state', '=', 'running')], limit=1):
            self._start()
        self._wake()

    @api.model
    def _cron_prove(self):
        """Go on with the proof that runs, slice by slice, until it is done or the time is over."""
        # What people will read is in the company's language.
        self = self.with_context(lang=self.env.company.partner_id.lang)
        cron = self.env['ir.cron']
        findings = self.env['wx.ledger.proof.finding']
        findings._freeze_accounts(cron._commit_progress)
        while proof := self.search([('state', '=', 'running')], order='id', limit=1):
            if not proof._run_slice():
                proof._finish()
            remaining = len(proof.check_ids.filtered(lambda check: not check.is_done))
            left = cron._commit_progress(1, remaining=remaining)
            findings._freeze_accounts(cron._commit_progress)
            if not left:
                return
