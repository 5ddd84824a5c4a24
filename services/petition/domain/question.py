"""政策咨询: a question, answered by the office of the right level, and asked on until it is clear."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Self

from contracts.petition.consulting import (
    QuestionAnswered,
    QuestionAsked,
    QuestionBreached,
    QuestionEscalated,
    QuestionPassedUp,
    QuestionReasked,
    QuestionSettled,
)
from contracts.sdk.fact import Fact
from services.petition.domain.clock import Clock
from services.petition.domain.handled import Handled, Limits, category_of
from services.petition.domain.moves import AUTHOR, OFFICE, Act, Move
from services.petition.domain.policy import ANSWER, LADDER, Limit
from services.petition.domain.refusals import AlreadyPublished, NothingAnswered, NotYourPart

ASKED, ANSWERED, SETTLED = QUESTION_STATES = ("asked", "answered", "settled")
QUESTION_MOVES = {
    "answer": Move(OFFICE, (ASKED,), ANSWERED, QuestionAnswered, {"text"}, orders={ANSWER: "stop"}),
    "pass_up": Move(OFFICE, (ASKED,), ASKED, QuestionPassedUp, climbs=1),
    "ask_on": Move(AUTHOR, (ANSWERED,), ASKED, QuestionReasked, {"text"}, again=True),
    "satisfied": Move(AUTHOR, (ANSWERED,), SETTLED, QuestionSettled),
}


@dataclass(frozen=True, kw_only=True)
class QuestionAct(Act):
    """An Act on a question, where there is nothing to say but a text."""

    sayings: ClassVar[tuple[str, ...]] = ("text",)


@dataclass(frozen=True, kw_only=True)
class QuestionRules:
    """What a county sets: each category with the level that answers, and `limits[level][clock]`."""

    categories: list[dict[str, Any]]
    limits: dict[str, dict[str, Limit]]

    def level(self, category: str) -> str:
        """The level that answers. Raises UnknownCategory."""
        return category_of(self.categories, category)["level"]


RULES = QuestionRules(**json.loads(Path(__file__).parent.with_name("questions.json").read_text(encoding="utf-8")))


@dataclass(kw_only=True)
class Question(Handled[QuestionAct]):
    """咨询. `knowledge` is the entry of the public knowledge base that it became."""

    knowledge: str | None = None
    state: str = ASKED
    moves: ClassVar[dict[str, Move]] = QUESTION_MOVES
    ticking: ClassVar[tuple[str, ...]] = (ANSWER,)
    arrives: ClassVar[str] = ASKED
    ends: ClassVar[str] = SETTLED
    breach: ClassVar[type[Fact]] = QuestionBreached
    escalation: ClassVar[type[Fact]] = QuestionEscalated

    @classmethod
    def ask(cls, at: datetime, *, path: list[str], category: str, **question: Any) -> Self:
        """提问. Raises UnknownCategory."""
        level = RULES.level(category)
        question |= {"path": path, "level": level, "office": path[LADDER.index(level)]}
        made = cls(region=path[0], category=category, asked_at=at, **question)
        made._log("ask", AUTHOR, at)
        made._tell(QuestionAsked, at, made._enter(level, made.limits, at))
        return made

    @property
    def limits(self) -> Limits:
        """The county's."""
        return Limits(RULES.limits)

    @property
    def promised(self) -> Clock:
        """The clock with the date the author is promised: of the answer, in this round, at this level."""
        return next(clock for clock in self._here() if clock.clock == ANSWER)

    def publish(self, knowledge: str, parts: set[str]) -> None:
        """It becomes an entry of the knowledge base. Raises NotYourPart, NothingAnswered, AlreadyPublished."""
        if OFFICE not in parts:
            raise NotYourPart()
        if self.state == ASKED:
            raise NothingAnswered()
        if self.knowledge:
            raise AlreadyPublished()
        self.knowledge = knowledge
