import json
from dataclasses import asdict
from decimal import Decimal, InvalidOperation

from odoo import api, fields, models

from odoo.addons.rbac_ext.fields import BigInteger
from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.exceptions import Conflict, InvalidInput
from odoo.addons.wx_base.tools.transaction import lock_rows

from ..const.attempts import ATTEMPT_IN_FLIGHT, HAND_REASON_CHARS
from ..lib.topup.normalized import ErrorClass, Pin, Result, State
from ..lib.topup.transport import mask


class WxRechargeAttempt(models.Model):
    """Attempts that people deliver by hand: one person at a time takes one from the desk."""

    _inherit = 'wx.recharge.attempt'

    # Consent to an end by hand is worth nothing once somebody else is at it.
    _rbac_fingerprint_fields = ('state', 'hand_user_id')

    is_by_hand = fields.Boolean(
        compute='_compute_is_by_hand', store=True, help='Delivered by a person, not by a call.'
    )
    hand_user_id = fields.Many2one(
        'res.users', string='Taken By', readonly=True, index='btree_not_null'
    )
    hand_at = fields.Datetime(string='Taken At', readonly=True)
    evidence = fields.Text(readonly=True, help='How the person knows what became of it.')
    price_fen = BigInteger(related='order_id.price_fen', string='Price (fen)')

    # === COMPUTE METHODS === #

    @api.depends('supplier_id')
    def _compute_is_by_hand(self):
        for attempt in self:
            attempt.is_by_hand = attempt.supplier_id.adapter == 'manual'

    # === ACTION METHODS === #

    @requires('recharge.desk.work')
    def action_hand_take(self):
        """Take attempts from the desk, so that nobody else delivers them too.

        :raise Conflict: somebody else has one, or it is at its end
        """
        self.check_access('read')
        for attempt in self.sudo().sorted('id'):  # nobody writes attempts by right
            attempt._check_on_desk()
            if attempt.hand_user_id and attempt.hand_user_id != self.env.user:
                raise Conflict(
                    self.env._('%(user)s is at it already.', user=attempt.hand_user_id.name)
                )
            attempt.write({'hand_user_id': self.env.uid, 'hand_at': fields.Datetime.now()})

    @requires('recharge.desk.work')
    def action_hand_release(self):
        """Put attempts back on the desk, one's own or those of somebody who is away."""
        self.check_access('read')
        for attempt in self.sudo().sorted('id'):  # nobody writes attempts by right
            attempt._check_on_desk()
            attempt.write({'hand_user_id': False, 'hand_at': False, 'voucher': False})

    @requires('recharge.desk.decide', amount='price_fen')
    def action_hand_done(self, price_fen, reference, cost, currency, evidence):
        """Tell that the customer has the top-up, or may have the code that was kept before.

        :param int price_fen: what the customer paid, which the limit of consent is compared with
        :param str reference: what it is known by where it was bought
        :param str cost: what it cost, a decimal text; '' when it cost nothing
        :param str currency: code of the cost's currency
        :param str evidence: how the person knows
        :return: True; the gate returns the action on a request where a second person decides
        :raise InvalidInput: a value is missing or wrong
        :raise Conflict: somebody else has it, or it is at its end
        """
        self._check_decision(price_fen, evidence)
        if not isinstance(reference, str) or not reference.strip():
            raise InvalidInput(
                self.env._('Tell the reference.'), {'reference': self.env._('Missing')}
            )
        pin = self._pin()
        if self.redemption == 'pin' and not pin:
            raise InvalidInput(
                self.env._('Tell the code that was bought.'), {'code': self.env._('Missing')}
            )
        result = Result(
            state=State.SUCCEEDED,
            supplier_ref=reference.strip(),
            cost=self._read_cost(cost),
            cost_currency=currency,
            raw=evidence,
            pin=pin,
        )
        self._end_by_hand(result, evidence)
        return True

    @requires('recharge.desk.decide', amount='price_fen')
    def action_hand_failed(self, price_fen, reason):
        """Tell that it cannot be delivered: the next supplier is tried, or the money goes back.

        :param int price_fen: what the customer paid, which the limit of consent is compared with
        :param str reason: why, for staff
        :return: True; the gate returns the action on a request where a second person decides
        :raise InvalidInput: a value is missing or wrong
        :raise Conflict: somebody else has it, or it is at its end
        """
        self._check_decision(price_fen, reason)
        result = Result(
            state=State.FAILED,
            error_class=ErrorClass.FINAL_OPERATOR,
            error_code='BY_HAND',
            error_text=reason,
        )
        self._end_by_hand(result, reason)
        return True

    def action_hand_open(self):
        """Open the dialogue in which the end is told."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'wx.recharge.hand',
            'view_mode': 'form',
            'target': 'new',
            'context': {'default_attempt_id': self.id},
            # After the context: the export of terms takes strings in it for terms otherwise.
            'name': self.env._('Delivered by Hand'),
        }

    # === BUSINESS METHODS === #

    def _check_on_desk(self):
        """Lock the row and refuse what people do not deliver or do not deliver any more."""
        self.ensure_one()
        lock_rows(self)
        if not self.is_by_hand or self.state not in ATTEMPT_IN_FLIGHT:
            raise Conflict(self.env._('The attempt does not lie on the desk.'))

    def _keep_pin(self, pin):
        """Keep a code that was bought by hand, encrypted, until the end is told.

        Apart from the end: requests for consent keep the arguments of what they are about.

        :raise Conflict: somebody else has the attempt, or it is at its end
        """
        attempt_sudo = self.sudo()  # nobody writes attempts by right
        attempt_sudo._lock_with_order()
        attempt_sudo._check_taken(self.env.user)
        attempt_sudo.voucher = json.dumps(asdict(pin))

    def _pin(self):
        voucher = self.sudo().voucher  # for the system group only
        return Pin(**json.loads(voucher)) if voucher else None

    def _check_taken(self, user):
        self._check_on_desk()
        if self.hand_user_id != user:
            raise Conflict(self.env._('Take the attempt from the desk first.'))

    def _check_decision(self, price_fen, words):
        self.ensure_one()
        self.check_access('read')
        if price_fen != self.order_id.price_fen:
            raise InvalidInput(self.env._('The order costs another amount.'))
        if not isinstance(words, str) or len(words.strip()) < HAND_REASON_CHARS:
            raise InvalidInput(
                self.env._('Tell how you know.'), {'reason': self.env._('Too short')}
            )

    def _read_cost(self, text):
        if not text:
            return None
        try:
            cost = Decimal(text)
        except (InvalidOperation, TypeError):
            cost = None
        if cost is None or not cost.is_finite() or cost < 0:
            raise InvalidInput(self.env._('The cost is not a number.'))
        return cost

    def _end_by_hand(self, result, words):
        """Write the end that a person tells, as if a supplier had told it."""
        attempt_sudo = self.sudo()  # nobody writes attempts by right
        attempt_sudo._lock_with_order()
        attempt_sudo._check_taken(self.env.user)
        if result.pin:
            words = mask(words, (result.pin.code, result.pin.serial))
        attempt_sudo.evidence = words
        attempt_sudo._apply(result, asked=True)
        attempt_sudo.order_id.message_post(
            body=self.env._(
                '%(user)s told the end of attempt %(reference)s: %(words)s',
                user=self.env.user.name,
                reference=self.reference,
                words=words,
            )
        )
