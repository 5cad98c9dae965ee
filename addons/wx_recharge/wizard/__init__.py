from . import (
    wx_recharge_hand,
    wx_recharge_package_maker,
    wx_recharge_refund_decision,
    wx_recharge_settle,
)
