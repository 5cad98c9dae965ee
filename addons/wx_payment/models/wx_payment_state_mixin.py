import logging

from odoo import models

_logger = logging.getLogger(__name__)


class WxPaymentStateMixin(models.AbstractModel):
    """Moves along a closed table of transitions, and the bell for a person."""

    _name = 'wx.payment.state.mixin'
    _description = 'Payment State Machine'

    # State → states it may move to; see const.py.
    _state_moves = None
    # Who has this permission gets the to-dos.
    _todo_permission = 'payment.order.refund'

    def _move(self, target, **values):
        """Move to `target` and write `values`, if the table allows it; tell whether it moved.

        The caller holds the payment order's lock and has read the row after taking it. A
        repeat is an information line, an illegal move a warning and an untouched row.
        """
        self.ensure_one()
        if self.state == target:
            _logger.info('%s %s is %s already', self._name, self.display_name, target)
            return False
        if target not in self._state_moves[self.state]:
            _logger.warning(
                '%s %s: no way from %s to %s', self._name, self.display_name, self.state, target
            )
            return False
        self.write({**values, 'state': target})
        return True

    def _raise_todo(self, summary, note=''):
        """Put a to-do before the people who can settle it; one of the same words is enough.

        The model must inherit `mail.activity.mixin`.
        """
        self.ensure_one()
        kind = self.env.ref('mail.mail_activity_data_todo')
        users = self.env['rbac.permission']._holders_for(self._todo_permission, self)
        _logger.warning('%s %s: to-do: %s', self._name, self.display_name, summary)
        record_sudo = self.sudo()
        for user in users:
            if not record_sudo.activity_ids.filtered(
                lambda todo, user=user: todo.user_id == user and todo.summary == summary
            ):
                record_sudo.activity_schedule(
                    activity_type_id=kind.id, summary=summary, note=note, user_id=user.id
                )
