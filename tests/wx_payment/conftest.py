"""Fixtures of the pure tests of the WeChat Pay client."""

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa


@pytest.fixture(scope='session')
def other_key():
    """A 2048 bit key that nobody else uses."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
