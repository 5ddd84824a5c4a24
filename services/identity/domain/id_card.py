"""身份证号: whether a number can be one (GB 11643—1999), and whose it is."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from chassis.domain import Aggregate, Sealed
from contracts.identity.villagers import ConflictFound

if TYPE_CHECKING:
    from services.identity.domain.verification import Application

SHAPE = re.compile(r"\d{17}[\dX]", re.ASCII)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
PROVINCES = {*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66)}
PROVINCES |= {71, 81, 82, 83}


def is_id_number(text: str, today: date) -> bool:
    """Whether 18 characters (a final X in upper case) are a resident ID number: province, a date of birth that was,
    and the check digit of ISO 7064 MOD 11-2.
    """
    if not SHAPE.fullmatch(text) or int(text[:2]) not in PROVINCES or not _was_a_day(text[6:14], today):
        return False
    return text[17] == check_digit(text)


def check_digit(text: str) -> str:
    """The eighteenth character that the first seventeen call for."""
    return CHECKS[sum(weight * int(digit) for weight, digit in zip(WEIGHTS, text[:17], strict=True)) % 11]


def _was_a_day(text: str, today: date) -> bool:
    try:
        day = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return date(1900, 1, 1) <= day <= today


@dataclass(frozen=True, kw_only=True)
class Transfer:
    """A number given from one person to another, by whom and (sealed) why."""

    holder: str
    to: str
    by: str
    at: datetime
    reason: Sealed


@dataclass(kw_only=True)
class IdCard(Aggregate):
    """A keyed hash of an ID number and the one person verified by it; its first holder stays until a transfer.

    `conflicts` counts how often somebody else was to be verified by it.
    """

    digest: str
    person: str
    conflicts: int = 0
    transfers: list[Transfer] = field(default_factory=list)

    def dispute(self, application: "Application", at: datetime) -> None:
        """证件冲突: somebody else's application has this number."""
        self.conflicts += 1
        self.region = application.region
        where = {"region": application.region, "office": application.office, "level": application.level}
        self.record(ConflictFound, at, **where, person=application.person, holder=self.person, count=self.conflicts)

    def transfer(self, to: str, by: str, reason: Sealed, at: datetime) -> None:
        """改由另一人持有."""
        self.transfers.append(Transfer(holder=self.person, to=to, by=by, at=at, reason=reason))
        self.person = to
