"""Wire clients of top-up suppliers behind one normalized interface.

Pure Python: no clock, no randomness, no log. Source: spec/topup_suppliers.md §5.
"""
