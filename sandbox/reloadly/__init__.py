"""Reloadly's airtime API (spec/topup_suppliers.md §1)."""
