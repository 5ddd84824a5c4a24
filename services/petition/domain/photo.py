"""Photos: uploaded first, claimed by a letter within a day."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.domain import Aggregate, Sealed
from services.petition.domain.refusals import PhotoUnavailable

UNCLAIMED_FOR = timedelta(hours=24)


@dataclass(kw_only=True)
class Photo(Aggregate):
    """A re-encoded picture, `sealed` under its `owner`: the uploader, or an anonymous letter's id."""

    owner: str
    sealed: Sealed
    uploaded_at: datetime
    petition: str | None = None

    def claim(self, person, petition):
        """Make it part of a letter. Raises PhotoUnavailable unless it is the person's own and unclaimed."""
        if self.petition or self.owner != person:
            raise PhotoUnavailable()
        self.petition = petition

    def forget_owner(self):
        """The uploader's data were erased: it is the letter's, and nobody can open it."""
        self.owner = self.petition

    def hand_over(self, owner, sealed):
        """Forget the uploader: sealed anew under another owner."""
        self.owner, self.sealed = owner, sealed
