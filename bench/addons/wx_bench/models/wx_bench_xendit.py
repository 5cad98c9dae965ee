from odoo import api, models
from odoo.tools import SQL

TOKEN = 'bench-webhook-token'
AMOUNT, CURRENCY = 11100, 'IDR'


class WxBenchStage(models.AbstractModel):
    """Transactions of `payment_xendit` that wait for their webhook, as our payments do."""

    _inherit = 'wx.bench.stage'

    @api.model
    def _prepare(self, database, customers, payments):
        """Override to add as many transactions as there are payments.

        :rtype: dict
        """
        data = super()._prepare(database, customers, payments)
        return {**data, 'xendit': self._prepare_xendit(customers * payments)}

    @api.model
    def _prepare_xendit(self, count):
        provider = self.env.ref('payment.payment_provider_xendit')
        currency = self.env.ref(f'base.{CURRENCY}')
        currency.active = True
        provider.write(
            {
                'state': 'test',
                'xendit_public_key': 'xnd_public_key',
                'xendit_secret_key': 'xnd_secret_key',
                'xendit_webhook_token': TOKEN,
            }
        )
        first = self.env['payment.transaction'].create(
            {
                'provider_id': provider.id,
                'payment_method_id': self.env.ref('payment.payment_method_card').id,
                'reference': 'bench',
                'amount': AMOUNT,
                'currency_id': currency.id,
                'partner_id': self.env.user.partner_id.id,
                'operation': 'online_redirect',
            }
        )
        first._set_pending()
        self.env.flush_all()
        self._copy_row(first, count, reference=SQL("'bench-' || n"))
        self.env.cr.execute('ANALYZE payment_transaction')
        references = [f'bench-{number}' for number in range(1, count + 1)]
        return {'token': TOKEN, 'amount': AMOUNT, 'currency': CURRENCY, 'references': references}

    @api.model
    def _settle(self):
        """Override to count the transactions whose webhook was processed.

        :rtype: dict
        """
        query = "SELECT count(*) FROM payment_transaction WHERE state = 'done'"
        return {**super()._settle(), 'transactions_done': self._count(query)}
