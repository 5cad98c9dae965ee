"""The day's bill of every kind of provider, fetched over HTTP and matched with what was paid."""

import datetime
from typing import Any

import pytest

from tests.e2e.floor import Floor, Purchase, wait
from tests.e2e.providers import Provider
from tests.e2e.test_ways_to_pay import is_paid, pay, start
from tests.e2e.ways import ALIPAY, V2_HMAC, V3, WAYS, Way

BEIJING = datetime.timezone(datetime.timedelta(hours=8))
NOON, READY = datetime.time(12), datetime.time(10, 30)
# Days are planned when they are over; today still runs, only the sandbox's clock is ahead, and
# yesterday may have been asked for already.
PLAN = """
INSERT INTO wx_payment_bill (channel_id, company_id, currency_id, kind, day, state, create_date)
SELECT c.id, c.company_id, m.id, 'trade', '{day}', 'queued', now()
  FROM wx_payment_channel c, res_currency m WHERE c.id = {channel} AND m.name = 'CNY'
ON CONFLICT (channel_id, kind, day) DO UPDATE
   SET state = 'queued', attachment_id = NULL, checksum = NULL, last_error = NULL
RETURNING id
"""


@pytest.mark.parametrize('provider', [V3, V2_HMAC, ALIPAY], ids=lambda provider: provider.kind)
def test_the_bill_of_a_day_fits_what_was_paid(floor: Floor, provider: Provider) -> None:
    way = next(way for way in WAYS if way.provider is provider and way.scene == 'native')
    floor.prefer(way)
    purchase = floor.place(floor.customer(way), '100')
    day = datetime.datetime.now(BEIJING).date()
    if provider is ALIPAY:
        # Its client asks for no day that is not over, whatever the sandbox's clock says.
        day -= datetime.timedelta(1)
        pay_at(floor, way, purchase, datetime.datetime.combine(day, NOON, BEIJING))
    else:
        pay(floor, way, purchase)
    ready = datetime.datetime.combine(day + datetime.timedelta(1), READY, BEIJING).timestamp()
    clock = floor.world.play('/control/clock', advance=0)['now']
    if clock < ready:
        floor.world.play('/control/clock', advance=ready - clock)

    statement = PLAN.format(day=day, channel=floor.channels[provider.name][0])
    bill_id = int(floor.servers.server.sql(statement, floor.servers.database)[0])
    floor.finance.call('wx.payment.bill', 'action_job_retry', [bill_id])

    def read() -> dict[str, Any]:
        names = ('state', 'last_error', 'dead')
        return floor.finance.read('wx.payment.bill', [('id', '=', bill_id)], *names)[0]

    wait(lambda: read()['state'] == 'matched' or read()['last_error'], 'the bill to be matched')
    assert read()['state'] == 'matched', read()
    line = [('bill_id', '=', bill_id), ('number', '=', purchase.number)]
    [found] = floor.finance.read('wx.payment.bill.line', line, 'kind', 'amount_fen')
    assert (found['kind'], int(found['amount_fen'])) == ('payment', purchase.amount_fen)
    differences = floor.finance.read(
        'wx.payment.difference', [('bill_id', '=', bill_id)], 'type', 'number', 'state'
    )
    assert [item for item in differences if item['state'] == 'open'] == []


def pay_at(floor: Floor, way: Way, purchase: Purchase, moment: datetime.datetime) -> None:
    """Have a customer of Alipay pay at another time than now."""
    way.provider.open(purchase.phone, way.scene, start(floor, way, purchase), purchase.number)
    floor.world.play(
        f'/control/alipay/trades/{purchase.number}/pay', paid_at=moment.isoformat(), force=True
    )
    wait(lambda: is_paid(floor, purchase), 'the payment to be known')
