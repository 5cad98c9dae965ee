import json

from odoo import models

from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.exceptions import Conflict
from odoo.addons.wx_base.fields import EncryptedText
from odoo.addons.wx_base.tools.transaction import lock_rows

from ..const.attempts import FAILURE_OF_CLASS, MAX_RETRIES_LATER


class WxRechargeOrder(models.Model):
    """What happens to a paid order: attempts one after the other, then delivery or refund.

    Source: spec/topup_suppliers.md §0, §5.4. Callers hold the locks of the payment order
    and of the order, in this order.
    """

    _inherit = 'wx.recharge.order'

    voucher = EncryptedText(
        groups='base.group_system', copy=False, help='The code that was bought, as JSON.'
    )

    _anomaly_idx = models.Index('(id) WHERE anomaly_note IS NOT NULL')

    # === ACTION METHODS === #

    @requires('recharge.order.settle')
    def action_handled(self):
        """Note that a person has looked at something odd about orders that are at their end.

        :raise Conflict: an order still waits to be settled
        """
        self.check_access('read')
        for order in self.sudo():  # nobody writes orders by right
            lock_rows(order)
            if order.state == 'anomaly':
                raise Conflict(self.env._('Settle the order first.'))
            order._log_handled()

    def _log_handled(self):
        self.message_post(
            body=self.env._(
                '%(user)s has handled: %(note)s',
                user=self.env.user.name,
                note=self.anomaly_note or '–',
            )
        )
        self.anomaly_note = False
        self.activity_unlink(['mail.mail_activity_data_todo'])

    # === BUSINESS METHODS === #

    def _fulfil(self):
        """Begin the next attempt, or fail when there is none."""
        products, too_dear = self._products_left()
        product, delay = self._next_product(products)
        if product:
            self._set_fulfilling()
            self.env['wx.recharge.attempt']._begin(self, product, delay)
            return
        last = self.attempt_ids.sorted('id')[-1:]
        failure = FAILURE_OF_CLASS.get(last.result_class, 'unavailable')
        self._set_failed(failure, self._describe_end(last, too_dear))

    def _describe_end(self, last, too_dear):
        """Return for staff why the last attempt failed, and what was not tried after it."""
        parts = [last._describe_failure() if last else '']
        if too_dear:
            names = ', '.join(f'{each.supplier_id.name} {each.display_name}' for each in too_dear)
            parts.append(
                self.env._('Not tried, as it would be a loss: %(products)s', products=names)
            )
        return ' · '.join(filter(None, parts))

    def _products_left(self):
        """Return `(products that may be tried, those left out because of their cost)`.

        A wrong number is wrong everywhere, so nothing is tried after it. What the first product
        may cost was decided by the quote; any further one must not cost more than the customer
        has paid and the loss that the company bears. A cost that is not known is no reason.
        """
        attempts = self.attempt_ids
        none = self.env['wx.recharge.supplier.product']
        if 'final_input' in attempts.mapped('result_class'):
            return none, none
        company = self.company_id
        products = self.package_id._supplier_products(company, covered=True)
        further = products - attempts.supplier_product_id if attempts else none
        most_fen = self.price_fen * (100 + company.wx_recharge_reroute_loss_percent) // 100
        too_dear = further._dearer_than(most_fen, company)
        return products - too_dear, too_dear

    def _next_product(self, products):
        """Return the first of the supplier products to try and the seconds to wait before.

        A product that was refused is not tried again; one that asked to come back later is, a
        few times.
        """
        attempts = self.attempt_ids
        last = attempts.sorted('id')[-1:]
        for product in products:
            tried = attempts.filtered(
                lambda attempt, product=product: attempt.supplier_product_id == product
            )
            if not tried:
                return product, 0
            later = all(attempt.result_class == 'retry_later' for attempt in tried)
            if later and product == last.supplier_product_id and len(tried) < MAX_RETRIES_LATER:
                return product, product.supplier_id._build_adapter().capabilities.per_number_gap_s
        return self.env['wx.recharge.supplier.product'], 0

    def _on_attempt_succeeded(self, attempt):
        """Deliver, also an order a person was asked about meanwhile.

        A success after the end is late: the customer has both, and a person has to know.
        """
        self._drop_unsent_attempts()
        if self.state in ('fulfilling', 'anomaly'):
            self._set_delivered(attempt)
            in_flight = self.attempt_ids.filtered(lambda other: other._is_open()) - attempt
            if in_flight:
                self._flag_anomaly(
                    self.env._(
                        'Delivered while attempt %(reference)s is under way.',
                        reference=in_flight[0].reference,
                    )
                )
        elif self.state == 'delivered':
            self._flag_anomaly(
                self.env._(
                    'Attempt %(reference)s delivered the order a second time.',
                    reference=attempt.reference,
                )
            )
        else:
            self._flag_anomaly(
                self.env._(
                    'Attempt %(reference)s succeeded after the order failed.',
                    reference=attempt.reference,
                )
            )

    def _on_attempt_partial(self, attempt):
        """Refund what is missing, or have a person decide, as the supplier's policy says."""
        missing_fen = attempt._missing_fen()
        refunds = attempt.supplier_id.partial_policy == 'refund'
        if refunds and missing_fen and self.state in ('fulfilling', 'anomaly'):
            self._set_delivered(attempt)
            reason = self.env._('A part of the top-up was not delivered')
            self._give_back_money(reason, missing_fen)
            self.message_post(body=reason)
            return
        self._set_anomaly(
            self.env._(
                'Attempt %(reference)s was not delivered in full.', reference=attempt.reference
            )
        )

    def _drop_unsent_attempts(self):
        """Cancel attempts that have not left: the order needs them no more."""
        for attempt in self.attempt_ids.filtered(lambda attempt: attempt.state == 'draft'):
            if attempt._move('cancelled'):
                attempt._finish()

    def _on_attempt_failed(self, attempt):
        """Try the next supplier product, or fail and refund."""
        if self.state == 'fulfilling':
            self._fulfil()
        elif self.state == 'anomaly':
            # The answer came after a person was called, before the person decided.
            failure = FAILURE_OF_CLASS.get(attempt.result_class, 'unavailable')
            self._set_failed(failure, attempt._describe_failure())

    def _voucher(self):
        """Return the code that the customer bought, None before the delivery and without one.

        :return: dict of the texts code, serial and instructions
        """
        self.ensure_one()
        # Readable by the system group only: the caller has found the order as its customer.
        voucher = self.sudo().voucher if self.state == 'delivered' else None
        return json.loads(voucher) if voucher else None
