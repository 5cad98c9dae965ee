from . import membership, profile
