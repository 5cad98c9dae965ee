"""Benchmarks: the API's hot paths against bare routes of the same Odoo server (`make bench`)."""
