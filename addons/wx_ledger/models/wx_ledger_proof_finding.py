import logging

from markupsafe import Markup
from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.rbac_ext.fields import BigInteger
from odoo.addons.rbac_ext.permission import requires

from .. import const_proof
from ..values import Difference

_logger = logging.getLogger(__name__)

HANDLE = 'ledger.proof.handle'
RUN = 'ledger.proof.run'
ACTIVITY = 'mail.mail_activity_data_warning'


class WxLedgerProof(models.Model):
    _inherit = 'wx.ledger.proof'

    # === BUSINESS METHODS === #

    def _report(self, differences, total):
        """Write down what a check found, tell the log and whoever settles differences.

        :param differences: `Difference` values, the first of `total`
        """
        findings = self.env['wx.ledger.proof.finding'].create(
            [self._prepare_finding_vals(difference) for difference in differences]
        )
        new = findings._match_settled()
        if not new:
            return
        for finding in new[: const_proof.TOLD_FINDINGS]:
            _logger.error('proof %s: %s', self.id, finding._describe())
        _logger.error('proof %s: %s: %s differences', self.id, new[0].check_code, total)
        lines = new[: const_proof.TOLD_FINDINGS].mapped('display_name')
        self.message_post(body=Markup('<br/>').join(lines))
        self._alert(self.env._('The ledger does not prove'))

    @api.model
    def _report_unsealed(self, posting_id, queued_at):
        """Report that the queue of the sealing grows old, unless that is known and open.

        :param queued_at: since when the oldest posting waits (UTC)
        """
        findings = self.env['wx.ledger.proof.finding']
        if findings.search_count([('problem', '=', 'unsealed'), ('state', '=', 'open')], limit=1):
            return
        proof = self._start()
        proof.check_ids.create(proof._prepare_queue_vals())
        since = fields.Datetime.to_string(queued_at)
        proof._report(
            [Difference('queue', 'unsealed', 'posting', posting_id, None, None, since)], 1
        )
        self._wake()

    def _prepare_queue_vals(self):
        """Return a check that is done and has found one thing."""
        vals = {'first': 1, 'position': 1, 'last': 0, 'width': 1}
        return vals | {'proof_id': self.id, 'code': 'queue', 'finding_count': 1}

    def _prepare_finding_vals(self, difference):
        return {
            'proof_id': self.id,
            'check_code': difference.check,
            'problem': difference.problem,
            'subject': difference.subject,
            'subject_id': difference.subject_id,
            'account_id': difference.account_id,
            'expected': difference.expected,
            'found': difference.found,
        }

    def _alert(self, summary):
        """Give everybody who proves or settles a to-do, once for a proof."""
        permissions = self.env['rbac.permission']
        holders = permissions._holders(HANDLE) | permissions._holders(RUN)
        for holder in holders - self.activity_ids.user_id:
            self.activity_schedule(ACTIVITY, summary=summary, user_id=holder.id)


class WxLedgerProofFinding(models.Model):
    """A difference. It stays until a person has settled it in words; nothing is repaired."""

    _name = 'wx.ledger.proof.finding'
    _description = 'Difference in the Ledger'
    _order = 'id desc'

    proof_id = fields.Many2one(
        'wx.ledger.proof', required=True, readonly=True, index=True, ondelete='restrict'
    )
    check_code = fields.Selection(
        list(const_proof.PROOF_CHECKS), required=True, readonly=True, string='Check'
    )
    problem = fields.Selection(list(const_proof.PROOF_PROBLEMS), required=True, readonly=True)
    subject = fields.Selection(list(const_proof.PROOF_SUBJECTS), required=True, readonly=True)
    subject_id = BigInteger(string='Number', required=True, readonly=True, aggregator=None)
    account_id = fields.Many2one('wx.ledger.account', readonly=True, index='btree_not_null')
    expected = fields.Char(readonly=True)
    found = fields.Char(readonly=True)
    # what became of it
    state = fields.Selection(
        list(const_proof.FINDING_STATES), required=True, readonly=True, default='open', index=True
    )
    is_freezing = fields.Boolean(readonly=True, help='The account has still to be frozen.')
    is_frozen = fields.Boolean(readonly=True, help='The proof has frozen the account.')
    settled_id = fields.Many2one('wx.ledger.proof.finding', readonly=True, index='btree_not_null')
    note = fields.Text(readonly=True)
    resolved_by_id = fields.Many2one('res.users', readonly=True)
    resolved_at = fields.Datetime(readonly=True)

    # === COMPUTE METHODS === #

    @api.depends('problem', 'subject', 'subject_id', 'account_id')
    @api.depends_context('lang')
    def _compute_display_name(self):
        problems = dict(self._fields['problem']._description_selection(self.env))
        subjects = dict(self._fields['subject']._description_selection(self.env))
        for finding in self:
            name = f'{subjects[finding.subject]} {finding.subject_id}'
            if finding.subject == 'account' and finding.account_id:
                name = finding.account_id.sudo().display_name
            finding.display_name = f'{name}: {problems[finding.problem]}'

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._('What a proof has found is kept.'))

    # === ACTION METHODS === #

    @requires(HANDLE)
    def action_resolve(self, note):
        """Settle differences: what they were and what was done, in words.

        Later proofs that find the very same take it as settled.

        :param str note: what the differences were and what was done
        """
        if not isinstance(note, str) or not note.strip():
            raise UserError(self.env._('Tell in words what the difference was.'))
        vals = {'state': 'resolved', 'note': note.strip(), 'is_freezing': False}
        vals |= {'resolved_by_id': self.env.uid, 'resolved_at': fields.Datetime.now()}
        findings = self.sudo().filtered(lambda finding: finding.state == 'open')
        findings.write(vals)
        for proof in findings.proof_id:
            if not proof.open_count:
                proof.activity_feedback([ACTIVITY], feedback=note.strip())

    # === BUSINESS METHODS === #

    def _describe(self):
        """Return one line for the log, in English."""
        return (
            f'{self.check_code}: {self.subject} {self.subject_id}: {self.problem},'
            f' expected {self.expected}, found {self.found}'
        )

    def _signature(self):
        """Return what makes two findings the same, though the account has moved on since."""
        return (self.problem, self.subject, self.subject_id, _gap(self.expected, self.found))

    def _match_settled(self):
        """Mark findings that people have settled before and have the other accounts frozen.

        :return: the findings that are new
        """
        settled = self.search(
            [
                ('state', '=', 'resolved'),
                ('problem', 'in', self.mapped('problem')),
                ('subject_id', 'in', self.mapped('subject_id')),
            ]
        )
        by_signature = {finding._signature(): finding for finding in settled}
        known = self.filtered(lambda finding: finding._signature() in by_signature)
        for finding in known:
            finding.write({'state': 'known', 'settled_id': by_signature[finding._signature()].id})
        new = self - known
        new.filtered(lambda finding: finding.account_id.kind == 'user').is_freezing = True
        return new

    @api.model
    def _freeze_accounts(self, commit):
        """Freeze the user accounts of new findings.

        Accounts that are being posted to are passed over and tried again in a new transaction,
        at last by the next run.

        :param commit: function that ends the transaction
        """
        for _attempt in range(const_proof.FREEZE_TRIES):
            waiting = self.search([('is_freezing', '=', True)])
            if not waiting:
                return
            try:
                with self.env.cr.savepoint():
                    waiting._freeze_idle()
            except SerializationFailure:
                _logger.info('accounts to freeze are being posted to')
            commit()

    def _freeze_idle(self):
        """Freeze those accounts that nobody is posting to at this moment."""
        self.env.cr.execute(
            'SELECT id FROM wx_ledger_account WHERE id = ANY(%s)'
            ' ORDER BY id FOR NO KEY UPDATE SKIP LOCKED',
            (self.account_id.ids,),
        )
        idle = self.env['wx.ledger.account'].browse(row[0] for row in self.env.cr.fetchall())
        idle.invalidate_recordset(['state'])
        idle.filtered(lambda account: account.state == 'open')._set_state(
            'frozen', self.env._('The proof found a difference.')
        )
        self.filtered(lambda finding: finding.account_id in idle).write(
            {'is_freezing': False, 'is_frozen': True}
        )
        self.env.flush_all()


def _gap(expected, found):
    """Return the difference of two whole numbers, or both as they are."""
    try:
        return int(found) - int(expected)
    except (TypeError, ValueError):
        return expected, found
