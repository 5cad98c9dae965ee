from . import test_const, test_order
