import time

from odoo import api, fields, models

from odoo.addons.rbac_ext.fields import BigInteger

from .. import const_proof


class WxLedgerProofCheck(models.Model):
    """One check of a proof and how far it is."""

    _name = 'wx.ledger.proof.check'
    _description = 'Check of a Proof'
    _order = 'id'
    _rec_name = 'code'

    proof_id = fields.Many2one('wx.ledger.proof', required=True, index=True, ondelete='cascade')
    code = fields.Selection(list(const_proof.PROOF_CHECKS), required=True, string='Check')
    # range of ids
    first = BigInteger(required=True, aggregator=None)
    last = BigInteger(required=True, aggregator=None)
    position = BigInteger(required=True, aggregator=None, help='The next id to check.')
    width = BigInteger(required=True, aggregator=None, help='Ids in the next slice.')
    slice_count = fields.Integer(string='# Slices')
    seconds = fields.Float(help='Time that all slices took.')
    finding_count = BigInteger(string='# Differences')
    is_done = fields.Boolean(compute='_compute_progress')
    progress = fields.Float(compute='_compute_progress', help='0 to 100.')

    # === COMPUTE METHODS === #

    @api.depends('first', 'last', 'position')
    def _compute_progress(self):
        for check in self:
            check.is_done = check.position > check.last
            size = check.last - check.first + 1
            share = (check.position - check.first) / size if size > 0 else 1
            check.progress = min(100.0, 100.0 * share)

    # === BUSINESS METHODS === #

    def _run_slice(self):
        """Check the next ids and write down what was found."""
        self.ensure_one()
        started = time.monotonic()
        end = min(self.position + self.width - 1, self.last)
        differences, total = self.env['wx.ledger']._differences(self.code, self.position, end)
        if total:
            self.proof_id._report(differences, total)
        seconds = time.monotonic() - started
        fast, slow = const_proof.SLICE_SECONDS
        width = self.width * 2 if seconds < fast else self.width
        self.write(
            {
                'position': end + 1,
                'width': max(1, width // 2) if seconds > slow else width,
                'slice_count': self.slice_count + 1,
                'seconds': self.seconds + seconds,
                'finding_count': self.finding_count + total,
            }
        )
