"""Something in a customer's wallet."""

from bootstrap.serve import Stack

# What no customer and no button of the back office does in one step.
FUND = """
INSERT INTO wx_ledger_account (company_id, asset_id, kind, owner_kind, owner_model, owner_res_id,
       purpose, booking_mode, state, opened_at, overdraft_limit, balance, held, version)
SELECT a.company_id, a.id, 'user', 'customer', 'wx.user', u.id,
       'wallet', 'serial', 'open', now(), 0, 0, 0, 0
  FROM wx_ledger_asset a, wx_user u WHERE a.code = '{asset}' AND u.openid = '{openid}';
SELECT wx_ledger_post(1, 'test:{asset}:{openid}', sha256('{openid}'), NULL, NULL, NULL, NULL, NULL,
       array[central.id], array[own.id], array[{units}::bigint], array['900003'])->>'status'
  FROM wx_ledger_account own JOIN wx_user u ON u.id = own.owner_res_id
  JOIN wx_ledger_asset a ON a.id = own.asset_id AND a.code = '{asset}'
  JOIN wx_ledger_account central ON central.asset_id = a.id AND central.kind = 'central'
 WHERE own.owner_model = 'wx.user' AND u.openid = '{openid}'
"""


def fund(stack: Stack, openid: str, units: int, asset: str = 'CNY') -> None:
    """Put smallest units of an asset into the wallet of a customer who has none of it yet."""
    statement = FUND.format(openid=openid, units=units, asset=asset)
    assert stack.server.sql(statement, stack.database)[-1] == 'posted'
