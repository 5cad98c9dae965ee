from . import (  # isort: skip - parents before those that inherit them
    rbac_permission,
    wx_coupon_template,
    wx_coupon_template_issue,
    wx_coupon,
    wx_coupon_choice,
    wx_coupon_flow,
    wx_message_template,
)
