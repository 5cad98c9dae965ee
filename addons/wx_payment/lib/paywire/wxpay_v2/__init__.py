"""WeChat Pay API v2 wire client for a direct merchant, without Odoo.

Pure functions and frozen dataclasses: keys, time, nonces and the transport are arguments.
What v2 and v3 have in common (texts, numbers, error codes, bills) is that of `wxpay_v3`.
Source: spec/wechat_pay_v2.md.
"""
