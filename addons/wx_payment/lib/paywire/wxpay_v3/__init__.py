"""WeChat Pay API v3 wire client for a direct merchant, without Odoo.

Pure functions and frozen dataclasses: keys, time, nonces and the transport are arguments.
Source: spec/wechat_pay_v3.md.
"""
