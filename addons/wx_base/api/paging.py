"""Opaque cursors of lists paged by key."""

import base64
import binascii

from ..exceptions import InvalidInput


def encode_cursor(last_id):
    """Return the cursor that continues after the record `last_id`."""
    return base64.urlsafe_b64encode(b'%d' % last_id).decode().rstrip('=')


def decode_cursor(env, cursor):
    """Return the id after which the list goes on, None at its beginning.

    :raise InvalidInput: the cursor is none of ours
    """
    if not cursor:
        return None
    try:
        padded = cursor + '=' * (-len(cursor) % 4)
        last_id = int(base64.urlsafe_b64decode(padded.encode()))
    except (ValueError, binascii.Error):
        last_id = 0
    if not 0 < last_id < 2**31:
        raise InvalidInput(
            env._('The cursor is not valid.'),
            {'cursor': env._('Use next_cursor of the last page.')},
        )
    return last_id
