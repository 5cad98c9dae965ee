from . import (  # isort: skip - parents before those that inherit them
    wx_recharge_pin_mixin,
    wx_recharge_hand,
    wx_recharge_package_maker,
    wx_recharge_refund_decision,
    wx_recharge_settle,
)
