"""What takes two administrators: one proposes it about somebody, within three days another agrees."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from chassis.domain import Missing, Refusal

OPEN_FOR = timedelta(days=3)


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """申请: by whom, and until when another may agree; neither is the person it is about.

    `gone` is raised when it is not open any more, `by_two` when one of the two is the other or the person.
    """

    asked_by: str
    until: datetime
    gone: ClassVar[type[Refusal]] = Missing
    by_two: ClassVar[type[Refusal]] = Refusal

    @classmethod
    def make(cls, by: str, about: str, at: datetime, **what: Any) -> Self:
        """A new one. Raises `by_two`."""
        if by == about:
            raise cls.by_two()
        return cls(asked_by=by, until=at + OPEN_FOR, **what)

    def require_open(self, at: datetime) -> None:
        """Raises `gone`."""
        if at >= self.until:
            raise self.gone()

    def agree(self, by: str, about: str, at: datetime) -> str:
        """Another agrees; returns who had asked. Raises `gone`, `by_two`."""
        self.require_open(at)
        if by in (about, self.asked_by):
            raise self.by_two()
        return self.asked_by
