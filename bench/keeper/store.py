"""One row per letter."""

from chassis.store import Rows


class Letters(Rows):
    """Rows {_id, number, village, at}."""

    collection = "letters"
