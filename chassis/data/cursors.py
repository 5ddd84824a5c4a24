"""Cursors of pages: where the next one begins, opaque to who asks."""

import base64
import json

from chassis.domain import Unacceptable


class BadCursor(Unacceptable):
    """翻页参数无效，请从第一页重新查看"""

    status = 400


def cursor_of(key):
    """The cursor after a key."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def key_of(cursor):
    """The key that a cursor is after. Raises BadCursor."""
    try:
        return json.loads(base64.urlsafe_b64decode(cursor))
    except ValueError:
        raise BadCursor() from None
