"""What stands in an address."""

import re

ID = re.compile(r'[1-9][0-9]{0,9}')


def read_id(text):
    """Return the id that an address names; 0, which no record has, for what is none.

    A route takes it as a text, so that what is no id is answered as a record that is not there.
    """
    return int(text) if ID.fullmatch(text) else 0
