import contextlib
import inspect
import json
import time
import uuid

from odoo import api, fields, models
from odoo.exceptions import AccessDenied, AccessError, MissingError
from odoo.http import request

from .. import const_log, deferred, masking

REQUEST_ID_CHARS = frozenset('0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._-')


class RbacLog(models.Model):
    """One line for each business act: who did what to which record, and how it ended.

    Lines of acts that are done belong to the act's transaction. Those of refused and failed
    ones are written after its rollback, in a transaction of their own.
    """

    _name = 'rbac.log'
    _description = 'Business Log'
    _inherit = 'rbac.append.only'
    _auto = False
    _order = 'id desc'
    _rec_name = 'code'
    _store_indexes = {
        'time': '(time)',
        'user': '(user_id, time)',
        'record': '(model, res_id)',
        'code': '(code, time)',
        'request': '(request_id)',
    }

    # Who: plain numbers and texts, so that a line outlives what it tells of
    time = fields.Datetime(readonly=True)
    user_id = fields.Many2one('res.users', readonly=True)
    login = fields.Char(readonly=True)
    roles = fields.Char(readonly=True, help='Roles in force at that time.')

    # What
    code = fields.Char(string='Permission', readonly=True)
    model = fields.Char(readonly=True)
    method = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field='model', string='First Record', readonly=True)
    res_ids = fields.Text(string='Record IDs', readonly=True)
    res_names = fields.Char(string='Records', readonly=True)
    arguments = fields.Text(readonly=True, help='Secrets are masked.')
    approval_id = fields.Many2one('rbac.approval', readonly=True)

    # How it ended
    result = fields.Selection(list(const_log.LOG_RESULTS), readonly=True)
    error = fields.Text(readonly=True)
    duration_ms = fields.Integer(
        string='Duration (ms)', readonly=True, aggregator='avg', help='Without the commit.'
    )

    # Where from
    address = fields.Char(readonly=True)
    request_id = fields.Char(string='Request ID', readonly=True)

    # === BUSINESS METHODS === #

    @api.model
    def _run_logged(self, line, function, approval_of=None):
        """Call `function()` and write the line about it.

        :param dict line: what `_prepare_line` returned, before the call: afterwards the records
            may be gone and the transaction broken
        :param approval_of: function that tells which approval a result asks for, if any
        """
        started = time.perf_counter()
        try:
            result = function()
        except Exception as error:
            if not deferred.is_retried(error):
                outcome = _outcome_of(error, approval_of)
                self._append_after_end(line | outcome | {'duration_ms': _milliseconds(started)})
            raise
        approval = approval_of(result) if approval_of else None
        outcome = {'result': 'asked', 'approval_id': approval} if approval else {'result': 'ok'}
        if not line['res_id'] and isinstance(result, models.BaseModel):
            # What was made is what the act was about.
            outcome |= {'model': result._name, **_described(result)}
        self._append([line | outcome | {'duration_ms': _milliseconds(started)}])
        return result

    @api.model
    def _prepare_line(self, records, code, method, arguments, approval_id=None):
        """Return the line about an act that is about to be done by the user of `records`.

        :param dict arguments: value by parameter name
        """
        user = records.env.user
        text = json.dumps(masking.masked(arguments, records), ensure_ascii=False)
        return {
            'user_id': user.id,
            'login': user.sudo().login,
            'roles': self._role_names(user),
            'code': code,
            'model': records._name,
            'method': method,
            **_described(records),
            'arguments': text[: const_log.LOG_TEXT] if arguments else None,
            'approval_id': approval_id,
            'result': None,
            'error': None,
            'duration_ms': None,
            'address': request.httprequest.remote_addr if request else None,
            'request_id': self._request_id(),
        }

    @api.model
    def _role_names(self, user):
        state = user._role_state() or ()
        lines = user.sudo().role_line_ids.filtered(lambda line: line.id in state)
        return ', '.join(lines.role_id.with_context(lang=None).mapped('name')) or None

    @api.model
    def _request_id(self):
        """Return the id of the request at work: the client's `X-Request-ID` if it is harmless.

        Outside a request it is one id for the cursor.
        """
        cache = request.httprequest.environ if request else self.env.cr.cache
        if 'rbac_ext.request_id' not in cache:
            given = request.httprequest.headers.get('X-Request-ID', '') if request else ''
            own = getattr(request.dispatcher, 'request_id', None) if request else None
            harmless = 0 < len(given) <= 64 and REQUEST_ID_CHARS.issuperset(given)
            cache['rbac_ext.request_id'] = own or (given if harmless else uuid.uuid4().hex)
        return cache['rbac_ext.request_id']

    @api.model
    def _append_after_end(self, line):
        """Write the line once this transaction has ended, whether it commits or not."""
        deferred.after_end(self.env.cr, lambda env: env['rbac.log']._append([line]))

    def action_open_record(self):
        """Open the record of the line."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': self.model,
            'res_id': self.res_id,
            'views': [[False, 'form']],
        }

    # === SCHEDULED ACTIONS === #

    @api.model
    def _cron_keep_partitions(self):
        """Make the partitions ahead and drop those whose time is over, of all logs."""
        parameter = self.env['ir.config_parameter'].sudo().get_param(const_log.LOG_KEEP_PARAMETER)
        keep = int(parameter or const_log.LOG_KEEP_MONTHS)
        for name in self.pool.descendants(['rbac.append.only'], '_inherit'):
            model = self.env[name]
            if model._abstract:
                continue
            model._make_partitions()
            if keep <= 0 or not (dropped := model._drop_partitions(keep)):
                continue
            line = self._prepare_line(
                model, 'rbac.log.manage', '_drop_partitions', {'partitions': dropped}
            )
            self._append([line | {'result': 'ok'}])


def arguments_by_name(method, records, args, kwargs):
    """Return value by parameter name, as far as the call fits the method."""
    with contextlib.suppress(TypeError):
        bound = inspect.signature(method).bind(records, *args, **kwargs).arguments
        return dict(list(bound.items())[1:])
    return {'args': list(args), **kwargs}


def _outcome_of(error, approval_of):
    """Return the values of the line that tell how an act ended that raised `error`."""
    approval = approval_of(error.args[1]) if approval_of and len(error.args) > 1 else None
    if approval:
        return {'result': 'asked', 'approval_id': approval}
    refused = isinstance(error, AccessError | AccessDenied)
    return {
        'result': 'refused' if refused else 'error',
        'error': str(error)[: const_log.LOG_TEXT] or type(error).__name__,
    }


def _milliseconds(started):
    return round((time.perf_counter() - started) * 1000)


def _described(records):
    """Return the values of the line that tell which records it is about."""
    ids = records.ids
    return {
        'res_id': ids[0] if ids else None,
        'res_ids': json.dumps(ids[: const_log.LOG_IDS]) if len(ids) > 1 else None,
        'res_names': _names(records),
    }


def _names(records):
    """Return display names of the first records; none if one is gone."""
    some = records.sudo().browse(records.ids[: const_log.LOG_NAMES])
    try:
        names = [name for name in some.mapped('display_name') if name]
    except MissingError:
        return None
    more = len(records) - len(some)
    return ', '.join(names) + (f' (+{more})' if more > 0 else '') or None
