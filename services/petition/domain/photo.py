"""Photos of letters and reports."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from chassis.domain import Aggregate, Sealed


@dataclass(kw_only=True)
class Photo(Aggregate):
    """A re-encoded picture of a matter (`petition`), `sealed` under the matter's `owner` as its texts are."""

    owner: str
    sealed: Sealed
    uploaded_at: datetime
    petition: str

    def forget_owner(self) -> None:
        """The author's data were erased: it is the matter's, and nobody can open it."""
        self.owner = self.petition


def new_photos(uploads: list[str]) -> dict[str, str]:
    """Id of a photo to be → the string that claims its upload; ids tell neither of uploads nor of time."""
    return {secrets.token_hex(16): upload for upload in uploads}
