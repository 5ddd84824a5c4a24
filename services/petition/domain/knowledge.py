"""政策知识库: questions and answers that anybody may read, written anew by an office without anybody's data."""

from dataclasses import dataclass, field
from datetime import datetime

from chassis.domain import Aggregate
from contracts.personal import number_in
from contracts.petition.consulting import KnowledgePublished, KnowledgeWithdrawn
from services.petition.domain.refusals import AlreadyWithdrawn, PersonalInside


@dataclass(frozen=True, kw_only=True)
class Edition:
    """One wording, and when it was published."""

    question: str
    answer: str
    at: datetime
    by: str


@dataclass(kw_only=True)
class Knowledge(Aggregate):
    """知识条目 of the `office` at `level` that answers for it."""

    office: str
    level: str
    category: str
    editions: list[Edition] = field(default_factory=list)
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None
    reason: str | None = None

    @property
    def current(self) -> Edition:
        """The latest Edition."""
        return self.editions[-1]

    def publish(self, question: str, answer: str, by: str, at: datetime) -> None:
        """公开, or a new edition (更新). Raises PersonalInside, AlreadyWithdrawn."""
        if number_in(question) or number_in(answer):
            raise PersonalInside()
        self._there()
        self.editions.append(Edition(question=question, answer=answer, at=at, by=by))
        where = {"office": self.office, "level": self.level}
        self.record(KnowledgePublished, at, category=self.category, edition=len(self.editions), **where)

    def withdraw(self, reason: str, by: str, at: datetime) -> None:
        """撤下. Raises AlreadyWithdrawn."""
        self._there()
        self.withdrawn_at, self.withdrawn_by, self.reason = at, by, reason
        self.record(KnowledgeWithdrawn, at, category=self.category, office=self.office)

    def _there(self) -> None:
        if self.withdrawn_at:
            raise AlreadyWithdrawn()
