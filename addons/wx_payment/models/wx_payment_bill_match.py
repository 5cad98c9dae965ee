import functools
import logging
from datetime import timedelta
from pathlib import Path

from odoo import fields, models
from odoo.tools import file_path

from odoo.addons.wx_base.tools.transaction import lock_rows
from odoo.addons.wx_ledger.values import Transfer

from .. import const_bill

_logger = logging.getLogger(__name__)

# States of payments and refunds in which the money has moved.
CAME_STATES = ('paid', 'suspense', 'processing', 'done', 'abnormal')
# From so many lines on PostgreSQL is told at once what it would find out by itself later.
ANALYZE_LINES = 5_000


class WxPaymentBill(models.Model):
    """Matching: the bill against payments, refunds and the ledger, set-based in the database."""

    _inherit = 'wx.payment.bill'

    # === BUSINESS METHODS - MATCHING === #

    def _run_match(self):
        """Match the bill and tell whether there is a next step to do."""
        lock_rows(self)
        if self._waits_for_trade_bill():
            return False
        self.write({'state': 'matched', 'last_error': False})
        self._match()
        return False

    def _waits_for_trade_bill(self):
        """Put a fund flow off whose trade bill is not read yet, and tell whether it is so."""
        if self.kind == 'trade':
            return False
        same_day = [('channel_id', '=', self.channel_id.id), ('day', '=', self.day)]
        trade = self.search([*same_day, ('kind', '=', 'trade')])
        if not trade or trade.state in const_bill.READ_STATES:
            return False
        self._job_retry(
            self.env._('The trade bill of the day is not read yet'), const_bill.TRADE_BILL_GAP
        )
        return True

    def _match(self):
        """Bring the differences and the fees of a bill that is read up to date.

        The caller holds the bill's lock. What has not changed is not written.
        """
        if self.kind == 'trade':
            self._book_fees()
        found, written, gone = self._write_differences()
        _logger.info('bill %s: %s differences, %s new, %s gone', self.id, found, written, gone)
        if not self.matched_at:
            self.matched_at = fields.Datetime.now()
            self._wake_waiting()
        self._tell()

    def _write_differences(self):
        """Write the bill's differences; return how many there are, were written and are gone."""
        self.env.flush_all()
        if self.line_count >= ANALYZE_LINES:
            self.env.cr.execute('ANALYZE wx_payment_bill_line, wx_payment_bill_movement')
        query = f'WITH {_sql(f"match_{self.kind}")}\n{_sql("write_differences")}'
        self.env.cr.execute(query, self._prepare_match(), log_exceptions=False)
        counts = self.env.cr.fetchone()
        self.env['wx.payment.difference'].invalidate_model()
        self.invalidate_recordset(['open_count', 'difference_count'])
        return counts

    def _prepare_match(self):
        """Return the parameters of the queries in sql/."""
        channels = self.channel_id._bill_scope()
        return {
            'bill': self.id,
            'uid': self.env.uid,
            'user': self._choose_user().id or None,
            'channels': channels.ids,
            'accounts': self._clearing_accounts(channels),
            'midnight': timedelta(seconds=const_bill.MIDNIGHT_SECONDS),
            'void_words': list(const_bill.VOID_WORDS),
            'reversed_word': const_bill.REVERSED_WORD,
            'read_states': list(const_bill.READ_STATES),
            'came_states': CAME_STATES,
            'fee_unit': const_bill.FEE_RATE_UNIT,
        }

    def _clearing_accounts(self, channels):
        accounts = self.env['wx.ledger.account'].sudo()
        return accounts.search(
            [
                ('purpose', '=', 'clearing'),
                ('owner_model', '=', 'wx.payment.channel'),
                ('owner_res_id', 'in', channels.ids),
            ]
        ).ids

    def _choose_user(self):
        """Return who is given the differences: the channel's person, or the first who may."""
        if self.channel_id.difference_user_id:
            return self.channel_id.difference_user_id
        holders = self.env['rbac.permission']._holders_for(self._todo_permission, self)
        return holders.sorted('id')[:1]

    def _wake_waiting(self):
        """Have bills matched again whose differences wait for this one."""
        waiting = self.env['wx.payment.difference'].search(
            [
                ('channel_id', '=', self.channel_id.id),
                ('kind', '=', self.kind),
                ('state', '=', 'waiting'),
                ('bill_id', '!=', self.id),
            ]
        )
        waiting.bill_id._run_again()

    def _tell(self):
        """Put a to-do before finance while differences are open, and take it away afterwards."""
        summary = self.env._('Differences in a bill')
        if self.open_count:
            self._raise_todo(
                summary,
                self.env._(
                    '%(bill)s: %(count)s differences are open.',
                    bill=self.display_name,
                    count=self.open_count,
                ),
            )
            return
        done = self.activity_ids.filtered(lambda todo: todo.summary == summary)
        if done:
            done.sudo().action_feedback(feedback=self.env._('No difference is open any more.'))

    # === BUSINESS METHODS - FEES === #

    def _book_fees(self):
        """Book what the provider kept and is not booked yet, of all channels of the account.

        A bill that the provider has corrected leads to a posting of the rest.
        """
        self.env.flush_all()
        self.env.cr.execute(_sql('fees'), self._prepare_match())
        rows = self.env.cr.fetchall()
        if not rows:
            return
        postings = self.env['wx.ledger.posting'].sudo()
        times = postings.search_count(
            [('document_model', '=', self._name), ('document_id', '=', self.id)]
        )
        key = f'fee:{self.channel_id.id}:{self.day}'
        self.env['wx.ledger'].post(
            [self._prepare_fee(channel_id, fee_fen) for channel_id, fee_fen in rows],
            key=f'{key}:{times + 1}' if times else key,
            document=self,
        )

    def _prepare_fee(self, channel_id, fee_fen):
        """Return the transfer that pays a fee, or takes one back, out of what is owed to us."""
        channel = self.env['wx.payment.channel'].browse(channel_id)
        asset = self.env['wx.ledger.asset']._money_of(self.company_id, self.env.ref('base.CNY'))
        fee = channel._fee_account()
        clearing = self.env['wx.ledger.account'].sudo()._of_purpose(asset, 'clearing', channel)
        source, target = (fee, clearing) if fee_fen > 0 else (clearing, fee)
        return Transfer(source.id, target.id, abs(fee_fen), const_bill.REASON_FEE)


@functools.cache
def _sql(name):
    """Return a query of sql/."""
    return Path(file_path(f'wx_payment/sql/{name}.sql')).read_text(encoding='utf-8')
