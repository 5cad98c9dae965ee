"""Alipay open gateway (``gateway.do``) wire client for a direct merchant, without Odoo.

Pure functions and frozen dataclasses: keys, time and the transport are arguments. RSA2 only.
Source: spec/alipay.md.
"""
