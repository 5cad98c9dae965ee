from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.rbac_ext.fields import BigInteger
from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.tools.transaction import commit_intent, lock_rows

from .. import const_bill
from ..const import LIVE_ATTEMPT_STATES
from ..lib.paywire.errors import WireError


class WxPaymentDifference(models.Model):
    """Something on which a bill, the payments here and the ledger do not agree.

    Matching writes it, and settles it again when it is gone; people settle the others in words.
    """

    _name = 'wx.payment.difference'
    _description = 'Difference in a Bill'
    _order = 'day desc, id desc'
    _rec_name = 'number'
    _rec_names_search = ['number']
    # Consent to a difference is worth nothing once it is another one.
    _rbac_fingerprint_fields = ('state', 'gap')

    bill_id = fields.Many2one(
        'wx.payment.bill', required=True, readonly=True, index=True, ondelete='restrict'
    )
    channel_id = fields.Many2one(
        'wx.payment.channel', required=True, readonly=True, index=True, ondelete='restrict'
    )
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    currency_id = fields.Many2one(related='bill_id.currency_id')
    kind = fields.Selection(
        list(const_bill.BILL_KINDS), string='Bill Kind', required=True, readonly=True
    )
    day = fields.Date(required=True, readonly=True)

    # What it is about
    type = fields.Selection(list(const_bill.DIFFERENCE_TYPES), required=True, readonly=True)
    subject = fields.Selection(list(const_bill.SUBJECTS), required=True, readonly=True)
    number = fields.Char(
        required=True,
        readonly=True,
        index=True,
        help="Our number; of a fund flow the provider's, of a ledger entry its key.",
    )
    attempt_id = fields.Many2one(
        'wx.payment.attempt', string='Payment', readonly=True, index='btree_not_null'
    )
    refund_id = fields.Many2one('wx.payment.refund', readonly=True, index='btree_not_null')
    order_id = fields.Many2one(related='attempt_id.order_id')

    # What each side says
    bill_fen = BigInteger(string='Trade Bill (fen)', readonly=True)
    fund_fen = BigInteger(string='Fund Flow (fen)', readonly=True)
    record_fen = BigInteger(string='Here (fen)', readonly=True)
    ledger_fen = BigInteger(string='Ledger (fen)', readonly=True)
    bill_state = fields.Char(string="Provider's State", readonly=True)
    record_state = fields.Char(string='State Here', readonly=True)
    bill_amount = fields.Monetary(string='Trade Bill', compute='_compute_amounts')
    fund_amount = fields.Monetary(string='Fund Flow', compute='_compute_amounts')
    record_amount = fields.Monetary(string='Here', compute='_compute_amounts')
    ledger_amount = fields.Monetary(string='Ledger', compute='_compute_amounts')
    gap = fields.Monetary(readonly=True, help='What the provider has more than we have.')

    # What is to be done, by whom, and what was done
    action = fields.Selection(
        list(const_bill.ACTIONS), string='Proposed', required=True, readonly=True
    )
    advice = fields.Char(compute='_compute_advice')
    user_id = fields.Many2one('res.users', string='Person', readonly=True, index=True)
    state = fields.Selection(
        list(const_bill.DIFFERENCE_STATES), required=True, readonly=True, default='open'
    )
    resolution = fields.Selection(list(const_bill.RESOLUTIONS), readonly=True)
    note = fields.Text(readonly=True)
    settled_by_id = fields.Many2one('res.users', readonly=True)
    settled_at = fields.Datetime(string='Settled', readonly=True)
    answer = fields.Char(readonly=True, help='What the provider said when it was asked.')
    can_query = fields.Boolean(compute='_compute_can')
    can_refund = fields.Boolean(compute='_compute_can')

    # One that waits is the same as one that is missing, a day earlier.
    _subject_uniq = models.UniqueIndex(
        "(bill_id, subject, number, (CASE WHEN type = 'waiting' THEN 'missing_there' ELSE type"
        ' END))',
        'A bill has each difference once.',
    )
    _open_idx = models.Index("(channel_id, state) WHERE state != 'settled'")

    # === COMPUTE METHODS === #

    @api.depends('bill_fen', 'fund_fen', 'record_fen', 'ledger_fen')
    def _compute_amounts(self):
        for difference in self:
            for side in ('bill', 'fund', 'record', 'ledger'):
                fen = difference[f'{side}_fen']
                difference[f'{side}_amount'] = float(Decimal(fen) / 100)

    @api.depends('action')
    @api.depends_context('lang')
    def _compute_advice(self):
        for difference in self:
            difference.advice = str(const_bill.ADVICE.get(difference.action, ''))

    @api.depends('state', 'attempt_id', 'refund_id')
    def _compute_can(self):
        for difference in self:
            is_live = difference.state != 'settled'
            attempt = difference.attempt_id.sudo()  # who settles may not see payments
            difference.can_query = is_live and bool(attempt or difference.refund_id)
            difference.can_refund = (
                is_live and difference.subject == 'payment' and attempt.order_id.refundable_fen > 0
            )

    @api.depends('type', 'number')
    @api.depends_context('lang')
    def _compute_display_name(self):
        types = dict(self._fields['type']._description_selection(self.env))
        for difference in self:
            difference.display_name = f'{types.get(difference.type, "")}: {difference.number}'

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._('Differences are settled, not deleted.'))

    # === ACTION METHODS === #

    @requires('payment.difference.settle')
    def action_query(self):
        """Ask the provider about these and note its answer.

        What is not at its end here is queried by its own job besides, which books the answer.
        """
        live = self._live().filtered('can_query')
        if len(live) > const_bill.MAX_QUERIES:
            raise UserError(
                self.env._('At most %(count)s at a time.', count=const_bill.MAX_QUERIES)
            )
        commit_intent(self.env)
        answers = {difference: difference._ask() for difference in live}
        commit_intent(self.env)
        for difference, answer in answers.items():
            difference.answer = answer
        live.refund_id.filtered('is_open')._job_queue()
        live.attempt_id.filtered(lambda a: a.state in LIVE_ATTEMPT_STATES)._job_queue()
        live.bill_id._run_again()

    @requires('payment.difference.settle')
    def action_push(self):
        """Ask the provider at once and book what it says, as if its notice had come.

        A payment that is booked already stays as it is, however often this is pressed.
        """
        live = self._live()
        commit_intent(self.env)
        for attempt in live.attempt_id.sorted('id'):
            attempt._learn()
            commit_intent(self.env)
        live.bill_id._run_again()

    @requires('payment.difference.settle')
    def action_take(self):
        """Make these one's own."""
        self._live().user_id = self.env.user

    @requires('payment.difference.accept', amount='gap_fen')
    def action_settle(self, note, gap_fen):
        """Accept differences as they are, in words.

        :param str note: what they were and what was done
        :param int gap_fen: what they come to, as `_gap_fen` tells: what a second person is asked
            about must be what is accepted
        :return: True; the gate returns the action on a request where a second person decides
        :raise UserError: no words, or they come to something else meanwhile
        """
        if not isinstance(note, str) or not note.strip():
            raise UserError(self.env._('Tell in words what the difference was.'))
        live = self._live()
        if live._gap_fen() != gap_fen and live:
            raise UserError(self.env._('The differences have changed: look at them again.'))
        live.write(
            {
                'state': 'settled',
                'resolution': 'accepted',
                'note': note.strip(),
                'settled_by_id': self.env.uid,
                'settled_at': fields.Datetime.now(),
            }
        )
        for bill in live.bill_id:
            bill._tell()
        return True

    def action_refund(self):
        """Open the dialogue of the payment's refund, which has its own guard."""
        self.ensure_one()
        order = self.attempt_id.order_id
        if not order:
            raise UserError(self.env._('There is no payment here that could be refunded.'))
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'wx.payment.refund.wizard',
            'view_mode': 'form',
            'target': 'new',
            'context': {'default_order_id': order.id},
            'name': self.env._('Refund'),
        }

    def action_open_subject(self):
        """Open what it is about: the order, the ledger's posting, or else the bill's line."""
        self.ensure_one()
        if self.order_id:
            return self._open('wx.payment.order', [('id', '=', self.order_id.id)])
        if self.subject == 'movement':
            return self._open('wx.ledger.posting', [('key', '=', self.number)])
        return self.action_open_line()

    def action_open_line(self):
        """Open the bill's lines of this number."""
        self.ensure_one()
        model = 'wx.payment.bill.line' if self.kind == 'trade' else 'wx.payment.bill.movement'
        return self._open(model, [('bill_id', '=', self.bill_id.id), ('number', '=', self.number)])

    def _open(self, model, domain):
        found = self.env[model].search(domain, limit=2)
        action = {
            'type': 'ir.actions.act_window',
            'res_model': model,
            'views': [(False, 'list'), (False, 'form')],
            'domain': domain,
            'name': self.display_name,
        }
        if len(found) == 1:
            action |= {'res_id': found.id, 'views': [(False, 'form')]}
        return action

    # === BUSINESS METHODS === #

    def _gap_fen(self):
        """Return what those that are not settled come to, signs aside: they hide nothing."""
        live = self.filtered(lambda difference: difference.state != 'settled')
        return sum(abs(int(Decimal(f'{difference.gap:.2f}') * 100)) for difference in live)

    def _ask(self):
        """Return in words what the provider says; nothing written may be uncommitted."""
        attempt, refund = self.attempt_id, self.refund_id
        channel = attempt.channel_id
        try:
            if refund:
                found = channel._exchange(
                    lambda client: client.query_refund(attempt.out_trade_no, refund.out_refund_no)
                )
                state, fen = found.status, found.refund_fen
            else:
                found = channel._exchange(lambda client: client.query(attempt.out_trade_no))
                state, fen = found.trade_state, found.total_fen
        except WireError as error:
            return channel._describe_error(error)
        return f'{state} {Decimal(fen or 0) / 100:.2f}'

    def _live(self):
        """Return those that are not settled, locked, in sudo: nobody writes them by right."""
        self.check_access('read')
        locked = lock_rows(self.sudo())
        return locked.filtered(lambda difference: difference.state != 'settled')
