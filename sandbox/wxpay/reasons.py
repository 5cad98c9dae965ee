"""Why WeChat Pay declines, in words that belong to neither version of the API."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType


class Reason(StrEnum):
    """A reason; the tables below give its code in each version."""

    ORDER_PAID = 'order_paid'
    ORDER_CLOSED = 'order_closed'
    ORDER_REVERSED = 'order_reversed'
    NUMBER_USED = 'number_used'
    ORDER_UNKNOWN = 'order_unknown'
    APP_NOT_BOUND = 'app_not_bound'
    BUSY = 'busy'
    CLOSE_BY_CODE = 'close_by_code'
    REVERSE_UNFIT = 'reverse_unfit'
    REVERSE_AGAIN = 'reverse_again'
    REVERSE_OVERDUE = 'reverse_overdue'
    CODE_INVALID = 'code_invalid'
    CODE_EXPIRED = 'code_expired'
    PAYER_NOT_ENOUGH = 'payer_not_enough'
    BANK_ERROR = 'bank_error'
    REFUND_UNKNOWN = 'refund_unknown'
    REFUND_ORDER_UNKNOWN = 'refund_order_unknown'
    REFUND_REPEATED = 'refund_repeated'
    REFUND_MISMATCH = 'refund_mismatch'
    REFUND_TOO_MUCH = 'refund_too_much'
    REFUND_TOO_MANY = 'refund_too_many'
    REFUND_TOO_SOON = 'refund_too_soon'
    REFUND_OVERDUE = 'refund_overdue'
    REFUND_NOT_ENOUGH = 'refund_not_enough'
    REFUND_NOT_ABNORMAL = 'refund_not_abnormal'


class Declined(Exception):
    """The operation is not done; the dialect of the API tells the caller why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


TEXTS = MappingProxyType(
    {
        Reason.ORDER_PAID: '该订单已支付',
        Reason.ORDER_CLOSED: '该订单已关闭',
        Reason.ORDER_REVERSED: '该订单已撤销',
        Reason.NUMBER_USED: '201 商户订单号重复',
        Reason.ORDER_UNKNOWN: '订单不存在',
        Reason.APP_NOT_BOUND: '商户号mch_id与appid不匹配',
        Reason.BUSY: '频率超限',
        Reason.CLOSE_BY_CODE: '付款码支付订单不支持关单，请使用撤销接口',
        Reason.REVERSE_UNFIT: '订单不是付款码支付，无法撤销',
        Reason.REVERSE_AGAIN: '系统异常，请用相同参数重新调用',
        Reason.REVERSE_OVERDUE: '订单超过7天，无法撤销',
        Reason.CODE_INVALID: '付款码无效，请收银员扫描微信付款码',
        Reason.CODE_EXPIRED: '付款码已过期，请用户刷新后再试',
        Reason.PAYER_NOT_ENOUGH: '用户余额不足',
        Reason.BANK_ERROR: '银行系统异常',
        Reason.REFUND_UNKNOWN: '退款单不存在',
        Reason.REFUND_ORDER_UNKNOWN: '订单不存在，请检查订单号是否正确',
        Reason.REFUND_REPEATED: '请求重入时，参数与首次请求时不一致',
        Reason.REFUND_MISMATCH: '订单金额或退款金额与之前请求不一致，请核实后再试',
        Reason.REFUND_TOO_MUCH: '申请退款金额大于订单可退金额',
        Reason.REFUND_TOO_MANY: '部分退款次数超过50次',
        Reason.REFUND_TOO_SOON: '同一订单多次部分退款需间隔1分钟',
        Reason.REFUND_OVERDUE: '订单已经超过可退款的最大期限',
        Reason.REFUND_NOT_ENOUGH: '基本账户余额不足，请充值后重新发起',
        Reason.REFUND_NOT_ABNORMAL: '退款单不是退款异常状态',
    }
)

# Status and code of v3. Source: spec/wechat_pay_v3.md §5, §7, §8, §9.
V3 = MappingProxyType(
    {
        Reason.ORDER_PAID: (400, 'ORDER_PAID'),
        Reason.ORDER_CLOSED: (400, 'ORDER_CLOSED'),
        Reason.ORDER_REVERSED: (400, 'ORDER_REVERSED'),
        Reason.NUMBER_USED: (403, 'OUT_TRADE_NO_USED'),
        Reason.ORDER_UNKNOWN: (404, 'ORDER_NOT_EXIST'),
        Reason.APP_NOT_BOUND: (400, 'APPID_MCHID_NOT_MATCH'),
        Reason.BUSY: (429, 'FREQUENCY_LIMITED'),
        Reason.CLOSE_BY_CODE: (403, 'TRADE_ERROR'),
        Reason.REVERSE_UNFIT: (403, 'TRADE_ERROR'),
        Reason.REVERSE_AGAIN: (500, 'SYSTEM_ERROR'),
        Reason.REVERSE_OVERDUE: (400, 'INVALID_REQUEST'),
        Reason.CODE_INVALID: (400, 'AUTH_CODE_INVALID'),
        Reason.CODE_EXPIRED: (403, 'AUTH_CODE_EXPIRE'),
        Reason.PAYER_NOT_ENOUGH: (403, 'NOT_ENOUGH'),
        Reason.BANK_ERROR: (500, 'BANK_ERROR'),
        Reason.REFUND_UNKNOWN: (404, 'RESOURCE_NOT_EXISTS'),
        Reason.REFUND_ORDER_UNKNOWN: (404, 'RESOURCE_NOT_EXISTS'),
        Reason.REFUND_REPEATED: (400, 'INVALID_REQUEST'),
        Reason.REFUND_MISMATCH: (400, 'INVALID_REQUEST'),
        Reason.REFUND_TOO_MUCH: (400, 'INVALID_REQUEST'),
        Reason.REFUND_TOO_MANY: (400, 'INVALID_REQUEST'),
        Reason.REFUND_TOO_SOON: (429, 'FREQUENCY_LIMITED'),
        Reason.REFUND_OVERDUE: (400, 'INVALID_REQUEST'),
        Reason.REFUND_NOT_ENOUGH: (403, 'NOT_ENOUGH'),
        Reason.REFUND_NOT_ABNORMAL: (400, 'INVALID_REQUEST'),
    }
)

# `err_code` of v2, which has no call for abnormal refunds. Source: spec/wechat_pay_v2.md §3.
V2 = MappingProxyType(
    {
        Reason.ORDER_PAID: 'ORDERPAID',
        Reason.ORDER_CLOSED: 'ORDERCLOSED',
        Reason.ORDER_REVERSED: 'ORDERREVERSED',
        Reason.NUMBER_USED: 'OUT_TRADE_NO_USED',
        Reason.ORDER_UNKNOWN: 'ORDERNOTEXIST',
        Reason.APP_NOT_BOUND: 'APPID_MCHID_NOT_MATCH',
        Reason.BUSY: 'FREQUENCY_LIMITED',
        Reason.CLOSE_BY_CODE: 'TRADE_STATE_ERROR',
        Reason.REVERSE_UNFIT: 'TRADE_ERROR',
        Reason.REVERSE_AGAIN: 'SYSTEMERROR',
        Reason.REVERSE_OVERDUE: 'REVERSE_EXPIRE',
        Reason.CODE_INVALID: 'AUTH_CODE_INVALID',
        Reason.CODE_EXPIRED: 'AUTHCODEEXPIRE',
        Reason.PAYER_NOT_ENOUGH: 'NOTENOUGH',
        Reason.BANK_ERROR: 'BANKERROR',
        Reason.REFUND_UNKNOWN: 'REFUNDNOTEXIST',
        Reason.REFUND_ORDER_UNKNOWN: 'ORDERNOTEXIST',
        Reason.REFUND_REPEATED: 'PARAM_ERROR',
        Reason.REFUND_MISMATCH: 'PARAM_ERROR',
        Reason.REFUND_TOO_MUCH: 'ERROR',
        Reason.REFUND_TOO_MANY: 'ERROR',
        Reason.REFUND_TOO_SOON: 'FREQUENCY_LIMITED',
        Reason.REFUND_OVERDUE: 'TRADE_OVERDUE',
        Reason.REFUND_NOT_ENOUGH: 'NOTENOUGH',
    }
)
