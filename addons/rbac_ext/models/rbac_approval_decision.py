import json
import logging

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

from .. import canonical, const_log, deferred
from ..permission import SEAL
from .rbac_approval import ACTIVITY

_logger = logging.getLogger(__name__)


class RbacApproval(models.Model):
    _inherit = 'rbac.approval'

    # === ACTION METHODS === #

    def action_submit(self):
        """Ask for approval, once the reason is given: those who may decide get a to-do."""
        self.ensure_one()
        approval_sudo = self.sudo()
        approval_sudo._check_own()
        if approval_sudo.asked_at or not (approval_sudo.reason or '').strip():
            raise UserError(self.env._('Give a reason, once.'))
        approval_sudo.with_context(rbac_approval=SEAL).write({'asked_at': fields.Datetime.now()})
        approvers = approval_sudo._approvers()
        for user in approvers[: const_log.APPROVERS_TOLD]:
            approval_sudo.activity_schedule(
                ACTIVITY,
                date_deadline=fields.Date.to_date(approval_sudo.expires_at),
                user_id=user.id,
                note=approval_sudo.reason,
            )
        if not approvers:
            approval_sudo.message_post(body=self.env._('Nobody can approve this at present.'))
        approval_sudo._notify_waiting()
        return {'type': 'ir.actions.act_window_close'}

    def action_approve(self):
        """Consent and make the call at once, as the one who asked. Runs once, whoever clicks."""
        self.ensure_one()
        return self._logged('action_approve', self._approve)

    def action_reject(self):
        """Refuse; the reason is asked for if it is not written yet."""
        self.ensure_one()
        if not (self.sudo().decision_note or '').strip():
            self.sudo()._check_decidable()
            return {
                'type': 'ir.actions.act_window',
                'name': self.env._('Reject'),
                'res_model': self._name,
                'res_id': self.id,
                'views': [[self.env.ref('rbac_ext.rbac_approval_view_form_reject').id, 'form']],
                'target': 'new',
            }
        return self._logged('action_reject', self._reject)

    def action_cancel(self):
        """Withdraw one's own request."""
        self.ensure_one()
        return self._logged('action_cancel', self._cancel_own)

    def action_open_records(self):
        """Open the records the call is about."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'name': self.display_name,
            'res_model': self.model,
            'views': [[False, 'list'], [False, 'form']],
            'domain': [('id', 'in', json.loads(self.res_ids))],
        }

    def _logged(self, method, function):
        log = self.env['rbac.log']
        line = log._prepare_line(self, self.sudo().code, method, {}, self.id)
        return log._run_logged(line, function)

    # === CHECKS === #

    def _check_own(self):
        if self.requester_id != self.env.user:
            raise AccessError(self.env._('Only the one who asks may do that.'))
        if self.state != 'pending':
            raise UserError(self.env._('This request is decided already.'))

    def _check_decidable(self):
        """Refuse who may not decide, and what is decided already.

        :raise AccessError: the one who asked, administrator or not, or somebody without the right
        """
        if self.env.uid == SUPERUSER_ID or self._acts_for_requester():
            raise AccessError(self.env._('A second person has to decide.'))
        if not self._may_decide(self.env.user):
            raise AccessError(self.env._('Your roles do not allow you to decide this request.'))
        if self.state != 'pending':
            raise UserError(
                self.env._(
                    'This request is decided already: %(state)s.',
                    state=dict(self._fields['state']._description_selection(self.env))[self.state],
                )
            )
        if not self.asked_at:
            raise UserError(self.env._('The reason is still missing.'))

    def _find_obstacle(self):
        """Return why the call may not be made any more, or None. Locks the records."""
        requester = self.requester_id
        if not requester.active:
            return self.env._('The account of the one who asked is disabled.')
        if not requester._has_permission(self.code):
            return self.env._('The one who asked has lost the permission.')
        guarded = self._guarded_method()
        if guarded is None or guarded._rbac_code != self.code:
            return self.env._('The act has changed since.')
        records = self.env[self.model].browse(json.loads(self.res_ids))
        records._rbac_lock()
        if records._rbac_fingerprint() != self.fingerprint:
            return self.env._('The record has changed since approval was asked for.')
        return None

    def _guarded_method(self):
        """Return the guarded method of the request, or None if there is no such any more."""
        if self.model not in self.env:
            return None
        method = getattr(self.env.registry[self.model], self.method, None)
        return method if hasattr(method, '_rbac_code') else None

    # === DECIDING === #

    def _approve(self):
        approval_sudo = self.sudo()
        approval_sudo._lock()
        approval_sudo._check_decidable()
        if approval_sudo.expires_at <= fields.Datetime.now():
            approval_sudo._set_state('expired')
            return approval_sudo._tell(self.env._('The request has expired.'))
        decision = {'approver_id': self.env.uid, 'decided_at': fields.Datetime.now()}
        if obstacle := approval_sudo._find_obstacle():
            approval_sudo._set_state('failed', result=obstacle, **decision)
            return approval_sudo._tell(obstacle)
        approval_sudo._set_state('approved', **decision)
        # Should the method commit on its way, its beginning is committed with it.
        self.env.flush_all()
        try:
            result = approval_sudo._execute()
        except Exception as error:
            if not deferred.is_retried(error):
                approval_sudo._fail_after_end(error, decision)
            raise
        approval_sudo._set_state('executed', result=_describe_result(result))
        return True

    def _execute(self):
        """Make the call as the one who asked, with the stored arguments and nothing else."""
        companies = json.loads(self.company_ids)
        requester = self.requester_id
        context = {
            'allowed_company_ids': companies,
            'lang': requester.lang,
            'tz': requester.tz,
        }
        env = self.env(user=requester.id, su=False, context=context)
        args, kwargs = canonical.decode(env, self.arguments)
        records = env[self.model].browse(json.loads(self.res_ids))
        return env['rbac.gate']._perform_approved(
            records, self._guarded_method(), args, kwargs, self.id
        )

    def _fail_after_end(self, error, decision):
        """Write the failure down once the transaction that made the call is rolled back."""
        approval_id, text = self.id, str(error)[: const_log.LOG_TEXT] or type(error).__name__

        def fail(env):
            approval = env['rbac.approval'].browse(approval_id)
            approval._lock()
            if 'failed' in const_log.APPROVAL_TRANSITIONS[approval.state]:
                approval._set_state('failed', result=text, **decision)

        deferred.after_end(self.env.cr, fail)

    def _reject(self):
        approval_sudo = self.sudo()
        approval_sudo._lock()
        approval_sudo._check_decidable()
        approval_sudo._set_state(
            'rejected', approver_id=self.env.uid, decided_at=fields.Datetime.now()
        )
        return {'type': 'ir.actions.act_window_close'}

    def _cancel_own(self):
        approval_sudo = self.sudo()
        approval_sudo._lock()
        approval_sudo._check_own()
        approval_sudo._set_state('cancelled')
        return {'type': 'ir.actions.act_window_close'}

    def _set_state(self, state, **values):
        """Move the locked request to `state`, if the table of transitions has it."""
        self.ensure_one()
        if state not in const_log.APPROVAL_TRANSITIONS[self.state]:
            _logger.warning('approval %s: %s → %s is no transition', self.id, self.state, state)
            raise UserError(self.env._('This request is decided already.'))
        if self.state == 'pending':
            self._notify_waiting()
        self.with_context(rbac_approval=SEAL).write({'state': state, **values})
        if state == 'approved':
            return
        self.activity_unlink([ACTIVITY])
        names = dict(self._fields['state']._description_selection(self.env))
        details = values.get('result') or (self.decision_note if state == 'rejected' else None)
        self.message_post(
            body=f'{names[state]}: {details}' if details else names[state],
            subtype_xmlid='mail.mt_comment',
        )

    def _tell(self, text):
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'type': 'danger',
                'sticky': True,
                'title': self.env._('Not Done'),
                'message': text,
                'next': {'type': 'ir.actions.client', 'tag': 'soft_reload'},
            },
        }

    # === HOOKS AND SCHEDULED ACTIONS === #

    @api.model
    def _rbac_on_disabled(self, users):
        """Cancel what disabled people have asked for, and drop to-dos of who may not decide.

        Their own to-dos may have been handed over to somebody who may not.
        """
        pending = self.sudo().search(
            [('requester_id', 'in', users.ids), ('state', '=', 'pending')], order='id'
        )
        pending._lock()
        for approval in pending.filtered(lambda approval: approval.state == 'pending'):
            approval._set_state('cancelled', result=self.env._('The account was disabled.'))
        to_dos = self.env['mail.activity'].sudo().search([('res_model', '=', self._name)])
        to_dos.filtered(
            lambda to_do: not self.sudo().browse(to_do.res_id)._may_decide(to_do.user_id)
        ).unlink()

    @api.model
    def _cron_expire(self):
        """Expire what nobody has decided in time, a batch a transaction."""
        domain = [('state', '=', 'pending'), ('expires_at', '<=', fields.Datetime.now())]
        self.env['ir.cron']._commit_progress(remaining=self.search_count(domain))
        while due := self.search(domain, limit=const_log.APPROVAL_BATCH, order='id'):
            locked = due.try_lock_for_update().filtered_domain(domain)
            for approval in locked:
                approval._set_state('expired')
            if not locked or not self.env['ir.cron']._commit_progress(len(locked)):
                break


def _describe_result(result):
    """Return what may be shown of a result: a text or a dict may hold a secret."""
    if result is None or isinstance(result, bool | int):
        return str(result)
    if isinstance(result, models.BaseModel):
        return f'{result._name}{result.ids}'
    return type(result).__name__
