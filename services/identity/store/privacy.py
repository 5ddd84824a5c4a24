"""Requests for erasure, consents, and the county's own words about them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from chassis.store import Repository, index
from services.identity.domain.privacy import Consent, ConsentNeeded, ErasureRequest, NoConsent, NothingAsked

FILE = Path(__file__).parents[1] / "privacy.json"
OPEN = {"withdrawn_at": None, "done_at": None}


@dataclass(frozen=True)
class PrivacyPolicy:
    """Days between asking and erasing; the texts people consent to, [{version, text}], the newest last.

    `withdrawal` says what it means to withdraw the consent.
    """

    grace_days: int
    consents: list
    withdrawal: str

    @property
    def current(self) -> dict[str, str]:
        """The text to be shown now, {version, text, withdrawal}."""
        return self.consents[-1] | {"withdrawal": self.withdrawal}


@cache
def privacy_policy() -> PrivacyPolicy:
    """The PrivacyPolicy in privacy.json; read once."""
    return PrivacyPolicy(**json.loads(FILE.read_text(encoding="utf-8")))


class ErasureRequests(Repository[ErasureRequest]):
    aggregate, collection, missing = ErasureRequest, "erasure_requests", NothingAsked
    indexes = [index("person"), index("due_at", partialFilterExpression={"done_at": None})]

    def of(self, person: str) -> list[ErasureRequest]:
        """All of a person, oldest first."""
        return self.find({"person": person}, [("_id", 1)])

    def waiting(self, person: str) -> ErasureRequest | None:
        """The one that waits, or None."""
        return self.first({"person": person, **OPEN})

    def due(self, at: datetime) -> Iterator[str]:
        """Ids of those to be carried out now."""
        return self.ids({"due_at": {"$lte": at}, **OPEN}, [("due_at", 1)])


class Consents(Repository[Consent]):
    aggregate, collection, missing = Consent, "consents", NoConsent
    indexes = [index("person")]

    def of(self, person: str) -> list[Consent]:
        """All of a person, oldest first."""
        return self.find({"person": person}, [("_id", 1)])

    def require(self, person: str, version: str) -> None:
        """Raises ConsentNeeded unless somebody's consent to this version of the text stands."""
        if not self.first({"person": person, "text": version, "withdrawn_at": None}):
            raise ConsentNeeded()

    def standing(self, person: str) -> Consent:
        """The last that was not withdrawn. Raises NoConsent."""
        found = self.first({"person": person, "withdrawn_at": None}, [("_id", -1)])
        if found is None:
            raise NoConsent()
        return found
