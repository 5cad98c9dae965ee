"""Wire clients of the payment providers, without Odoo.

One subpackage a provider's protocol; errors and the transport are common to them. Pure functions
and frozen dataclasses: keys, time, nonces and the transport are arguments.
"""
