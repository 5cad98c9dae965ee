"""Wire client of the WeChat mini-program server API. Knows nothing of Odoo."""
