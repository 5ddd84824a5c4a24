"""政策咨询: a question, answered by the office of the right level, and asked on until it is clear."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from contracts.petition.consulting import (
    QuestionAnswered,
    QuestionAsked,
    QuestionBreached,
    QuestionEscalated,
    QuestionPassedUp,
    QuestionReasked,
    QuestionSettled,
)
from services.petition.domain.handled import Handled, Limits, category_of
from services.petition.domain.moves import AUTHOR, OFFICE, Act, Move
from services.petition.domain.policy import ANSWER, LADDER
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

    sayings: ClassVar[tuple] = ("text",)


@dataclass(frozen=True, kw_only=True)
class QuestionRules:
    """What a county sets: each category with the level that answers, and `limits[level][clock]`."""

    categories: list
    limits: dict

    def level(self, category):
        """The level that answers. Raises UnknownCategory."""
        return category_of(self.categories, category)["level"]


RULES = QuestionRules(**json.loads(Path(__file__).parent.with_name("questions.json").read_text(encoding="utf-8")))


@dataclass(kw_only=True)
class Question(Handled):
    """咨询. `knowledge` is the entry of the public knowledge base that it became."""

    knowledge: str | None = None
    state: str = ASKED
    moves: ClassVar[dict] = QUESTION_MOVES
    ticking: ClassVar[tuple] = (ANSWER,)
    arrives: ClassVar[str] = ASKED
    ends: ClassVar[str] = SETTLED
    breach: ClassVar[type] = QuestionBreached
    escalation: ClassVar[type] = QuestionEscalated

    @classmethod
    def ask(cls, at, *, path, category, **question):
        """提问. Raises UnknownCategory."""
        level = RULES.level(category)
        where = {"region": path[0], "path": path, "level": level, "office": path[LADDER.index(level)]}
        made = cls(**where, category=category, asked_at=at, **question)
        made._log("ask", AUTHOR, at)
        made._tell(QuestionAsked, at, made._enter(level, made.limits, at))
        return made

    @property
    def limits(self):
        """The county's."""
        return Limits(RULES.limits)

    @property
    def promised(self):
        """The clock with the date the author is promised: of the answer, in this round, at this level."""
        return next(clock for clock in self._here() if clock.clock == ANSWER)

    def publish(self, knowledge, parts):
        """It becomes an entry of the knowledge base. Raises NotYourPart, NothingAnswered, AlreadyPublished."""
        if OFFICE not in parts:
            raise NotYourPart()
        if self.state == ASKED:
            raise NothingAnswered()
        if self.knowledge:
            raise AlreadyPublished()
        self.knowledge = knowledge
