from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.wx_base.tools.transaction import lock_rows


class WxRechargeReviewMixin(models.AbstractModel):
    """Work that ends in proposals: people look at them (`review`), its job applies (`applying`).

    The model is one of `wx.payment.state.mixin` and `wx.job.mixin` besides.
    """

    _name = 'wx.recharge.review.mixin'
    _description = 'Review of Proposals'

    # Model of the proposals, and its field that leads here.
    _proposal_model = None
    _proposal_field = None

    apply_count = fields.Integer(string='# To Apply', readonly=True)
    applied_count = fields.Integer(string='# Applied', readonly=True)
    open_count = fields.Integer(string='# Open', compute='_compute_open_count')

    # === COMPUTE METHODS === #

    def _compute_open_count(self):
        groups = self.env[self._proposal_model]._read_group(
            [(self._proposal_field, 'in', self.ids), ('state', '=', 'open')],
            [self._proposal_field],
            ['__count'],
        )
        counts = dict(groups)
        for run in self:
            run.open_count = counts.get(run, 0)

    # === ACTION METHODS === #

    def action_refresh(self):
        """Show how far it is now."""
        return {'type': 'ir.actions.client', 'tag': 'soft_reload'}

    # === BUSINESS METHODS === #

    def _go_on(self):
        """Have what was decided applied, or close the review when nothing is left."""
        lock_rows(self)
        queued = self._count('queued')
        if not queued:
            self._close_if_decided()
            return
        values = {'apply_count': queued, 'applied_count': 0, 'try_count': 0}
        if self._begin_applying(**values):
            self._job_queue()

    def _begin_applying(self, **values):
        return self._move('applying', **values)

    def _close_if_decided(self):
        """Go back to the people, or to the end when no proposal is open."""
        left = self._count('open')
        target = 'review' if left else 'done'
        if self.state != target:
            self._move(target)
        if left:
            self._remind(self._describe_todo())
        else:
            self._forget_todo()
        return not left

    def _describe_todo(self):
        raise NotImplementedError

    def _remind(self, summary):
        """Put a to-do before somebody who may decide, one at a time."""
        holders = self.env['rbac.permission']._holders_for(self._todo_permission, self)
        if holders and not self.activity_ids:
            self.activity_schedule(
                'mail.mail_activity_data_todo', summary=summary, user_id=holders[0].id
            )

    def _forget_todo(self):
        """Take to-dos away that are done by what happened."""
        if self.activity_ids:
            self.activity_ids.sudo().action_feedback()  # they are other people's

    def _count(self, state):
        return self.env[self._proposal_model].search_count(
            [(self._proposal_field, '=', self.id), ('state', '=', state)]
        )

    def _next_chosen(self, limit):
        """Return the ids of the next proposals that are to be applied."""
        found = self.env[self._proposal_model].search(
            [(self._proposal_field, '=', self.id), ('state', '=', 'queued')],
            order='id',
            limit=limit,
        )
        return tuple(found.ids)

    def _replace_proposals(self):
        """Put away what nobody has decided on: there is something newer."""
        proposals = self.env[self._proposal_model]
        self.env.cr.execute(
            SQL(
                """UPDATE %s SET state = 'replaced', write_date = %s
                    WHERE %s = %s AND state IN ('open', 'queued')""",
                SQL.identifier(proposals._table),
                fields.Datetime.now(),
                SQL.identifier(self._proposal_field),
                self.id,
            )
        )
        proposals.invalidate_model()
        self._forget_todo()


class WxRechargeProposalMixin(models.AbstractModel):
    """One change that a person, or a rule, has to agree with."""

    _name = 'wx.recharge.proposal.mixin'
    _description = 'Proposal'

    # Field that leads to the review.
    _review_field = None

    applied_at = fields.Datetime(string='Decided', readonly=True)
    applied_by_id = fields.Many2one('res.users', string='Decided By', readonly=True)

    # === BUSINESS METHODS === #

    def _decide(self, state):
        """Put open proposals of reviews into a state, and tell how many were.

        Two people at once decide on each proposal once: the second finds none that is open.
        """
        self.check_access('read')
        review_field = self._fields[self._review_field]
        reviews = self.env[review_field.comodel_name]
        reviews.flush_model()
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """UPDATE %(proposals)s p
                      SET state = %(state)s, applied_at = %(now)s, applied_by_id = %(user)s,
                          write_uid = %(user)s, write_date = %(now)s
                     FROM %(reviews)s r
                    WHERE r.id = p.%(field)s AND r.state = 'review' AND p.id IN %(ids)s
                      AND p.state = 'open'
                RETURNING r.id""",
                proposals=SQL.identifier(self._table),
                reviews=SQL.identifier(reviews._table),
                field=SQL.identifier(self._review_field),
                state=state,
                now=fields.Datetime.now(),
                user=self.env.uid,
                ids=tuple(self.ids) or (0,),
            )
        )
        self.invalidate_model()
        # Nobody writes reviews by right.
        for review_sudo in reviews.sudo().browse({row[0] for row in rows}).sorted('id'):
            review_sudo._go_on()
        return self._tell_decision(len(rows), state)

    def _tell_decision(self, count, state):
        if not count:
            text = self.env._('None of these is open any more, or its review is not ready.')
        elif state == 'queued':
            text = self.env._('%(count)s changes are being applied.', count=count)
        else:
            text = self.env._('%(count)s changes are ignored.', count=count)
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'type': 'success' if count else 'warning',
                'message': text,
                'next': {'type': 'ir.actions.client', 'tag': 'soft_reload'},
            },
        }
