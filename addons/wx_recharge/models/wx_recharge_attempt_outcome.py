import json
import logging
import time
from dataclasses import asdict
from decimal import Decimal

from odoo import models

from odoo.addons.wx_base.tools.transaction import lock_rows

from ..const.attempts import (
    ATTEMPT_DELIVERED,
    ATTEMPT_IN_FLIGHT,
    ATTEMPT_TRANSITIONS,
    MAX_THROTTLED,
)
from ..lib.topup.normalized import FINAL_STATES, ErrorClass, State
from ..lib.topup.schedule import absence_countable, proves_absence
from ..lib.topup.transport import mask
from ..utils import missing_fen

_logger = logging.getLogger(__name__)

DAY = 24 * 3600
# A delivery that is no delivery any more.
TAKEN_BACK = frozenset({State.FAILED, State.REVERSED})


class WxRechargeAttempt(models.Model):
    """What a supplier's answer leads to. Source: spec/topup_suppliers.md §5.3, §5.4."""

    _inherit = 'wx.recharge.attempt'

    def _move(self, state, **values):
        """Move to `state` if the table allows it from the state the locked row is in.

        :return: False when it may not go there; the row is untouched then
        """
        self.ensure_one()
        lock_rows(self)
        if self.state == state:
            if values:
                self.write(values)
            return False
        if state not in ATTEMPT_TRANSITIONS[self.state]:
            _logger.warning(
                'attempt %s may not go from %s to %s', self.reference, self.state, state
            )
            return False
        self.write({'state': state, **values})
        return True

    def _apply(self, result, *, asked):
        """Write an outcome: locks, state read again, then what the answer allows.

        :param result: `topup` Result
        :param bool asked: the answer of a query, not of the submit
        """
        self._lock_with_order()
        self._note(result, asked)
        if result.duplicates:
            self.order_id._flag_anomaly(
                self.env._(
                    'The supplier executed reference %(reference)s more than once.',
                    reference=self.reference,
                )
            )
        if self.state not in ATTEMPT_IN_FLIGHT:
            self._apply_after_end(result)
        elif result.state in FINAL_STATES:
            self._apply_final(result, asked)
        elif not result.found:
            self._apply_not_found()
        else:
            self._apply_open(result)

    def _note(self, result, asked):
        """Keep what was said, secrets are masked by the adapter already."""
        values = {}
        answer = self.supplier_id._hide_slug(result.raw or result.error_text)
        if result.pin:
            # What the adapter masks goes by names, and some suppliers have names of their own.
            answer = mask(answer, (result.pin.code, result.pin.serial))
        if asked:
            values['query_count'] = self.query_count + 1
            values['query_answer'] = answer
        else:
            values['request'] = self.supplier_id._hide_slug(result.request)
            values['answer'] = answer
        if result.supplier_ref and not self.supplier_ref:
            values['supplier_ref'] = result.supplier_ref
        if result.operator_ref:
            values['operator_ref'] = result.operator_ref
        if result.cost is not None:
            values['cost'] = float(result.cost)
            values['cost_currency_id'] = self._currency_id(result.cost_currency)
        if result.delivered is not None:
            values['delivered'] = float(result.delivered)
            values['delivered_currency_id'] = self._currency_id(result.delivered_currency)
        if result.pin:
            # Readable by the system group only; nothing else holds it.
            values['voucher'] = json.dumps(asdict(result.pin))
        self.write(values)

    def _currency_id(self, code):
        currencies = self.env['res.currency'].with_context(active_test=False)
        return currencies.search([('name', '=', code)]).id

    # === OPEN ANSWERS === #

    def _apply_open(self, result):
        """Accepted, processing or unknown: ask again after a growing gap."""
        values = {}
        if result.state is not State.UNKNOWN:
            values['not_found_at'] = False  # it is known there after all
        if result.error_class and self.result_class != 'retry_later':
            values |= self._prepare_error_vals(result)
        self._move(result.state.value, **values)
        self._ask_later()

    def _apply_not_found(self):
        """The supplier knows no such order: after a refusal that settles it, else it is counted.

        Never a failure by itself: the call may still be on its way, so after enough agreeing
        answers a person decides. Source: spec/topup_suppliers.md §0 rule 3.
        """
        now, submitted = int(time.time()), self._submitted_unix()
        capabilities = self.supplier_id._build_adapter().capabilities
        window = capabilities.query_window_days
        if window is not None and now - submitted > window * DAY:
            # It is asked about no more over there: that it is not found says nothing.
            self._move('unknown', not_found_at=False)
            self._give_to_person(
                self.env._(
                    'The supplier tells of attempt %(reference)s no more.',
                    reference=self.reference,
                )
            )
            return
        if self.result_class == 'retry_later':
            self._end_failed()
            return
        max_process_s = capabilities.max_process_s
        values = {}
        if absence_countable(submitted, now, max_process_s):
            values['not_found_at'] = [*(self.not_found_at or []), now]
        self._move('unknown', **values)
        if proves_absence(submitted, self.not_found_at or [], max_process_s):
            self.order_id._set_anomaly(
                self.env._(
                    'The supplier knows nothing of attempt %(reference)s.',
                    reference=self.reference,
                )
            )
        self._ask_later()

    def _give_to_person(self, note):
        """Stop asking: only a person can find out what became of it."""
        self._job_done()
        self.order_id._set_anomaly(note)

    # === FINAL ANSWERS === #

    def _apply_final(self, result, asked):
        if result.state is State.SUCCEEDED:
            self._end_succeeded()
        elif result.state is State.FAILED:
            self._apply_failed(result, asked)
        elif result.state is State.CANCELLED:
            self._move('cancelled', **self._prepare_error_vals(result))
            self._finish()
            self.order_id._on_attempt_failed(self)
        elif result.state is State.REVERSED:
            # Delivered and taken back between two questions: no rule fits.
            self._move('reversed', **self._prepare_error_vals(result))
            self._finish()
            self._tell_reversed()
        else:
            self._move('partially_succeeded', **self._prepare_error_vals(result))
            self._finish()
            self.order_id._on_attempt_partial(self)

    def _apply_failed(self, result, asked):
        """Not executed, for sure; the class says whether and where to try again."""
        self.write(self._prepare_error_vals(result))
        if result.error_class is ErrorClass.THROTTLED and self.throttle_count < MAX_THROTTLED:
            self._move('draft', submitted_at=False, throttle_count=self.throttle_count + 1)
            self._job_queue(result.retry_after_s or self._throttle_wait())
        elif result.error_class is ErrorClass.RETRY_LATER and not asked:
            # A new reference may be used after a query only (spec §1, error table).
            self._move('unknown')
            self._ask_later()
        else:
            if result.error_class is ErrorClass.ACCOUNT:
                self.supplier_id._pause(self._describe_failure())
            self._end_failed()

    def _throttle_wait(self):
        return self.supplier_id._build_adapter().capabilities.throttle_wait_s

    def _end_succeeded(self):
        error_free = dict.fromkeys(('result_class', 'error_code', 'error_text'), False)
        if self._move('succeeded', **error_free):
            self._finish()
            self.order_id._on_attempt_succeeded(self)
            self._tell_missing_voucher()

    def _end_failed(self):
        if self._move('failed'):
            self._finish()
            self.order_id._on_attempt_failed(self)

    # === ANSWERS AFTER THE END === #

    def _apply_after_end(self, result):
        """Nothing new, late success after failure, or a reversal after success."""
        self._job_done()
        delivered = result.state in (State.SUCCEEDED, State.PARTIALLY_SUCCEEDED)
        if self.state in ('failed', 'cancelled') and delivered:
            self._move('anomaly')
            self.order_id._on_attempt_succeeded(self)
        elif self.state in ATTEMPT_DELIVERED and result.state in TAKEN_BACK:
            self._move('reversed', **self._prepare_error_vals(result))
            self._tell_reversed()
        else:
            _logger.info(
                'attempt %s is %s, the supplier says %s', self.reference, self.state, result.state
            )

    def _tell_reversed(self):
        self.order_id._set_anomaly(
            self.env._('The supplier took attempt %(reference)s back.', reference=self.reference)
        )

    def _tell_missing_voucher(self):
        """Call a person when the customer bought a code and the supplier sent none."""
        if self.redemption == 'pin' and not self.sudo().voucher:  # for the system group only
            self.order_id._flag_anomaly(
                self.env._(
                    'Attempt %(reference)s was delivered without its code.',
                    reference=self.reference,
                )
            )

    # === PREPARED VALUES === #

    def _prepare_error_vals(self, result):
        return {
            'result_class': result.error_class.value if result.error_class else False,
            'error_code': result.error_code,
            'error_text': result.error_text[:500],
        }

    def _prepare_delivery_vals(self):
        """Return what the order keeps of the attempt that delivered it."""
        # The code is readable by the system group only, here and there.
        values = {'supplier_id': self.supplier_id.id, 'voucher': self.sudo().voucher}
        if self.cost_currency_id:
            values |= {'cost': self.cost, 'cost_currency_id': self.cost_currency_id.id}
        return values

    def _missing_fen(self):
        """Return the customer's price of what was not delivered, None when that is unclear."""
        product = self.supplier_product_id
        asked, currency = product.receive_amount, product.receive_currency_id
        if self.side == 'receive':
            asked, currency = self.amount, self.amount_currency_id
        if not self.delivered or not asked or self.delivered_currency_id != currency:
            return None
        return missing_fen(
            self.order_id.price_fen, Decimal(str(asked)), Decimal(str(self.delivered))
        )
