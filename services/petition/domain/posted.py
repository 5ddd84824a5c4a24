"""Places where a QR code hangs, and posts (村友圈) that became letters."""

import secrets
import string
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from urllib.parse import urlsplit

from chassis.domain import Aggregate, Missing, Refusal, Unacceptable
from contracts.personal import number_in
from services.petition.domain.refusals import PersonalInside

SIGNS = sorted({*string.digits, *string.ascii_lowercase} - set("01ilo"))
"""Signs that nobody mistakes for one another on a wall."""
LENGTH = 8


class PlaceNotFound(Missing):
    """没有这个二维码对应的地点"""


class UnknownPlace(Unacceptable):
    """二维码已停用或不存在，请直接填写地点"""


class ForeignLink(Unacceptable):
    """二维码只能指向本平台的网页，请填写本平台的网址"""


class AlreadyALetter(Refusal):
    """这条村友圈已经转为来信"""


@dataclass(kw_only=True)
class PostedPlace(Aggregate):
    """A place of a village with a QR code; its id is the code, its `name` is public."""

    name: str
    by: str
    posted_at: datetime
    withdrawn_at: datetime | None = None

    @classmethod
    def post(cls, region: str, name: str, by: str, at: datetime) -> Self:
        """A place with a code of its own. Raises PersonalInside."""
        if number_in(name):
            raise PersonalInside()
        code = "".join(secrets.choice(SIGNS) for _ in range(LENGTH))
        return cls(id=code, region=region, name=name, by=by, posted_at=at)

    def withdraw(self, at: datetime) -> None:
        """The code hangs there no more; the first time counts."""
        self.withdrawn_at = self.withdrawn_at or at


def require_own(link: str, front_ends: Collection[str]) -> None:
    """Raises ForeignLink unless a link leads to one of our own front ends (`https://host`)."""
    address = urlsplit(link)
    if f"{address.scheme}://{address.netloc}" not in front_ends:
        raise ForeignLink()
