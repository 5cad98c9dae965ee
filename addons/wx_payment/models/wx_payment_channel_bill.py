from odoo import api, fields, models

from ..const_bill import CATCH_UP_DAYS, FEE_RATE_UNIT


class WxPaymentChannel(models.Model):
    """What reconciliation needs of a channel."""

    _inherit = 'wx.payment.channel'

    bill_from = fields.Date(
        string='Bills From',
        copy=False,
        help='First day whose bills are fetched; empty: from the day before the first run.',
    )
    fee_rate = fields.Integer(
        string='Agreed Fee (per 100,000)',
        aggregator=None,
        help='600 is 0.6 %. Payments for which the provider keeps more are reported. 0: not '
        'compared.',
    )
    difference_user_id = fields.Many2one(
        'res.users',
        string='Settles Differences',
        check_company=True,
        help='Who gets the differences of this channel first.',
    )
    bill_ids = fields.One2many(
        'wx.payment.bill',
        'channel_id',
        string='Bills',
        groups='wx_payment.perm_payment_bill_view_res_groups',
    )

    _fee_rate_check = models.Constraint(
        f'CHECK(fee_rate BETWEEN 0 AND {FEE_RATE_UNIT})', 'A fee is between 0 and 100 %.'
    )

    # === BUSINESS METHODS === #

    @api.model
    def _bill_channels(self):
        """Return the channels that fetch bills: one for each merchant account.

        A bill has the payments of the whole account, so channels of one merchant ID, be it for
        several apps or two versions of the API, are reconciled together: by the one that has the
        most kinds of bills, the oldest of these.
        """
        channels = self.search([], order='id').filtered(
            lambda channel: channel._provider()._bill_readers
        )
        channels = channels.sorted(lambda channel: -len(channel._provider()._bill_readers))
        return self.union(*(same[:1] for same in channels.grouped(_account_of).values()))

    def _bill_scope(self):
        """Return all channels whose payments this channel's bills have, archived ones too."""
        self.ensure_one()
        if not self.mchid:
            return self
        return self.with_context(active_test=False).search(
            [('company_id', '=', self.company_id.id), ('mchid', '=', self.mchid)]
        )

    def _bill_start(self, until):
        """Return the first day for which bills are still to be asked for.

        :param date until: the last day whose bills are ready
        """
        start = self.bill_from or until
        return max(start, fields.Date.subtract(until, days=CATCH_UP_DAYS - 1))

    def _fee_account(self):
        """Return the account of what the provider keeps: a cost, and so below zero by nature."""
        asset = self.env['wx.ledger.asset']._money_of(self.company_id, self.env.ref('base.CNY'))
        account = self.env['wx.ledger.account'].sudo()._of_purpose(asset, 'fee', self)
        if account.limit_watched:
            account.limit_watched = False
        return account


def _account_of(channel):
    return (channel.company_id, channel.mchid or channel.id)
