"""What coupons take off a price, and which of them are the best; no Odoo, no clock."""
