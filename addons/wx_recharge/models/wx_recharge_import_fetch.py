import csv
import io
import json
import logging
from decimal import ROUND_CEILING, Decimal
from itertools import islice

from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.wx_base.tools.transaction import commit_intent, lock_rows

from ..const import imports
from ..lib.pricing.duration import to_days
from ..lib.topup.errors import Refused, Throttled, TopupError
from ..lib.topup.products import Denomination, Side

_logger = logging.getLogger(__name__)

STEP = Decimal('0.000001')
# Columns of the lines, in the order in which a product of the wire client becomes a row.
COLUMNS = (
    *('import_id', 'line_no', 'sku', 'listed', 'name', 'kind', 'country_code', 'operator_ref'),
    *('operator_name', 'description', 'logo_url', 'denomination', 'redemption', 'processing'),
    *('side', 'validity', 'validity_days', 'benefits', 'required_fields', 'phone_regex'),
    *('cost_currency', 'cost_currency_id', 'cost', 'cost_min', 'cost_max', 'fee'),
    *('amount_min', 'amount_max', 'receive_currency', 'receive_currency_id'),
    *('receive_amount', 'receive_min', 'receive_max', 'receive_step'),
)


class WxRechargeImport(models.Model):
    """Fetching: page by page into lines, never as a whole in memory.

    A page is asked for while nothing that was written is uncommitted.
    """

    _inherit = 'wx.recharge.import'

    # === BUSINESS METHODS - FETCHING === #

    def _run_fetch(self):
        """Fetch the catalogue and tell whether there is a next step to do."""
        self._drop_lines()
        self.write({'fetched_count': 0, 'unreadable_count': 0})
        currencies = self._currency_ids()
        commit_intent(self.env)
        try:
            self._fetch(currencies)
        except TopupError as error:
            commit_intent(self.env)
            self._plan_after(error)
            return False
        commit_intent(self.env)
        lock_rows(self)
        if self.state != 'queued':
            # Somebody has given it up meanwhile.
            self._drop_lines()
            return False
        if not self.fetched_count:
            self._job_bury(self.env._('The supplier has sent an empty catalogue.'))
            return False
        return self._move('fetched', fetched_at=fields.Datetime.now(), last_error=False)

    def _fetch(self, currencies):
        """Let the supplier's products run into lines, a batch a transaction.

        :raise TopupError: the supplier did not go on telling
        """
        products = self.supplier_id._build_adapter().fetch_catalogue()
        fetched = unreadable = 0
        while batch := list(islice(products, imports.FETCH_BATCH)):
            readable = [product for product in batch if _is_readable(product)]
            unreadable += len(batch) - len(readable)
            self._stage(
                _prepare_row(self.id, number, product, currencies)
                for number, product in enumerate(readable, start=fetched)
            )
            fetched += len(readable)
            self.write({'fetched_count': fetched, 'unreadable_count': unreadable})
            self._keep_lease()
            commit_intent(self.env)

    def _stage(self, rows):
        text = io.StringIO()
        csv.writer(text, lineterminator='\n').writerows(rows)
        text.seek(0)
        self.env.cr.copy_expert(
            f'COPY wx_recharge_import_line ({", ".join(COLUMNS)}) FROM STDIN (FORMAT csv)', text
        )

    def _currency_ids(self):
        currencies = self.env['res.currency'].with_context(active_test=False)
        return {currency.name: currency.id for currency in currencies.search_fetch([], ['name'])}

    def _drop_lines(self):
        """Delete what was fetched; what differs keeps what it needs to be shown."""
        self.env.cr.execute(
            SQL('DELETE FROM wx_recharge_import_line WHERE import_id = %s', self.id)
        )

    def _plan_after(self, error):
        """Decide by the error whether the catalogue is asked for again."""
        message = self.env._('The catalogue was not fetched: %(error)s', error=error)
        if isinstance(error, Throttled):
            self._job_retry(message, error.retry_after_s)
        elif isinstance(error, Refused):
            self._job_bury(message)
        else:
            self._job_retry(message)


def _is_readable(product):
    return bool(product.sku) and len(product.sku) <= imports.SKU_CHARS


def _prepare_row(import_id, line_no, product, currencies):
    """Return a product as a row of `COLUMNS`; None becomes NULL."""
    fixed = product.denomination == Denomination.FIXED
    side = _choose_side(product)
    low, high = (
        (product.receive_min, product.receive_max)
        if side == Side.RECEIVE
        else (product.cost_min, product.cost_max)
    )
    return (
        *(import_id, line_no, product.sku, product.active, _text(product.name)),
        *(product.kind.value, _text(product.country), _text(product.operator_ref)),
        *(_text(product.operator_name), _text(product.description), _text(product.logo_url)),
        *(product.denomination.value, product.redemption.value, product.processing.value),
        *(side.value, product.validity, to_days(product.validity)),
        *(_benefits(product), _required(product), _text(product.phone_regex)),
        *(product.cost_currency, currencies.get(product.cost_currency)),
        *(_net_cost(product, product.cost_amount), _net_cost(product, product.cost_min)),
        *(_net_cost(product, product.cost_max), _fee(product, product.cost_amount)),
        *((None, None) if fixed else (low, high)),
        *(product.receive_currency, currencies.get(product.receive_currency)),
        *(product.receive_amount, product.receive_min, product.receive_max),
        product.receive_step,
    )


def _choose_side(product):
    """Return by which amount a range is ordered: what arrives, where the supplier allows it."""
    if product.denomination == Denomination.FIXED or Side.RECEIVE not in product.sides:
        return Side.SEND
    return Side.SEND if product.receive_max is None else Side.RECEIVE


def _net_cost(product, amount):
    """Return what is taken off our account, rounded up; None when it is not told.

    Source: spec/topup_suppliers.md §1: cost = amount + fee − discount.
    """
    if amount is None:
        return None
    discount = amount * (product.discount_percent or 0) / 100
    return (amount + _fee(product, amount) - discount).quantize(STEP, ROUND_CEILING)


def _fee(product, amount):
    fees = product.fees
    return (fees.amount + (amount or 0) * fees.percent / 100).quantize(STEP, ROUND_CEILING)


def _benefits(product):
    if not product.benefits:
        return None
    return json.dumps(
        [
            {
                'type': benefit.type.value,
                'quantity': None if benefit.quantity is None else f'{benefit.quantity:f}',
                'unit': _text(benefit.unit),
                'unlimited': benefit.unlimited,
            }
            for benefit in product.benefits
        ]
    )


def _required(product):
    """Return what an order has to tell besides the number, None when the number suffices."""
    if product.number_suffices:
        return None
    return json.dumps(
        [
            {'group': wanted.group, 'alternatives': [list(names) for names in wanted.alternatives]}
            for wanted in product.required_fields
            if not wanted.number_suffices
        ]
    )


def _text(text):
    """Return a text that PostgreSQL takes, of bounded length."""
    return text.replace('\0', '')[: imports.TEXT_CHARS]
