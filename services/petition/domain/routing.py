"""分办规则: at which level a letter begins, by the first rule that matches; later changes are moves of people."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from chassis.domain import Aggregate
from contracts.petition.routing import PetitionRoutingChanged, PetitionRuleDisabled
from services.petition.domain.policy import LADDER, Policy
from services.petition.domain.recusal import reached
from services.petition.domain.refusals import RoutingChanged, RuleRegionGone, RuleTarget, UnknownAnswer

MATCHED, OFF, GONE = "matched", "off", "gone"
VERDICTS = {
    MATCHED: "符合，按这一条办理",
    OFF: "已停用",
    GONE: "所写的区划已不存在，应停用",
    "category": "类别不符",
    "answers": "回答不符",
    "region": "不在所写的区划内",
    "concerned": "来信反映的是这一级或上级的干部",
}
OFFICES = {"village": "村（社区）", "town": "镇（街道）", "city": "市"}


@dataclass(frozen=True, kw_only=True)
class Addressed:
    """What of a letter the rules look at: `path` runs from its village up, `about` is the level of a cadre or None."""

    category: str
    path: list[str]
    answers: dict[str, str]
    about: str | None = None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """分办规则: which letters go where; out of force since `off_since`.

    Letters of these categories (none: all), with these answers, from this region (None: anywhere) go to a `level`, or
    to an `office` (a region) where it lies on their own path.
    """

    name: str
    categories: list[str] = field(default_factory=list)
    region: str | None = None
    answers: dict[str, str] = field(default_factory=dict)
    level: str | None = None
    office: str | None = None
    off_since: datetime | None = None

    def target(self, path: list[str]) -> str | None:
        """The level it sends a letter of this path to; None: its office is not among them."""
        return self.level or (LADDER[path.index(self.office)] if self.office in path else None)

    def weigh(self, letter: Addressed, exists: Callable[[str], bool]) -> str:
        """The key of VERDICTS for a letter; `exists(region)` knows whether there still is such a region."""
        if self.off_since:
            return OFF
        if self.categories and letter.category not in self.categories:
            return "category"
        if self.answers.items() - letter.answers.items():
            return "answers"
        if not self.regions_exist(exists):
            return GONE
        return self._place(letter)

    def regions_exist(self, exists: Callable[[str], bool]) -> bool:
        """Whether there still are the regions that it names."""
        return all(exists(region) for region in (self.region, self.office) if region)

    def _place(self, letter: Addressed) -> str:
        target = self.target(letter.path)
        if self.region not in (None, *letter.path) or target is None:
            return "region"
        return "concerned" if reached(letter.about, target) else MATCHED


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """What a rule says to a letter."""

    position: int
    rule: Rule
    verdict: str

    @property
    def words(self) -> str:
        """The verdict in Chinese."""
        return VERDICTS[self.verdict]


@dataclass(frozen=True, kw_only=True)
class Routed:
    """By which rule of which edition a letter began at its level; `words` explain it to whoever reads."""

    edition: int
    position: int | None
    name: str | None
    level: str
    words: str | None = None

    def to_office(self) -> Self:
        """As those who handle it read it."""
        return replace(self, words=f"第 {self.position} 条规则：{self.name}")

    def to_author(self) -> Self:
        """In plain words, without the rule."""
        words = f"按本地的分办规则，您的来信由{OFFICES[self.level]}书记办理"
        return replace(self, position=None, name=None, words=words)


@dataclass(kw_only=True)
class Directed(Aggregate):
    """A matter with answers to the questions of its category, and what brought it to its first level."""

    answers: dict[str, str] = field(default_factory=dict)
    routed: Routed | None = None

    def explained(self, to_author: bool) -> Routed | None:
        """`routed` in words for its author or for those who handle it."""
        if self.routed is None:
            return None
        return self.routed.to_author() if to_author else self.routed.to_office()


@dataclass(kw_only=True)
class Routing(Aggregate):
    """An edition of the county's rules, in force from `at` until the next; edition 0 is that of the policy."""

    edition: int
    rules: list[Rule]
    by: str | None = None
    at: datetime | None = None
    reason: str = ""

    @classmethod
    def of_policy(cls, policy: Policy, city: str) -> Self:
        """Edition 0."""
        return cls(id=key_of(0), region=city, edition=0, rules=[Rule(**rule) for rule in policy.routing])

    def followed_by(
        self, edition: int, rules: list[Rule], policy: Policy, exists: Callable[[str], bool], *,
        by: str, at: datetime, reason: str,
    ) -> "Routing":  # fmt: skip
        """The next edition, by somebody who knows this `edition`.

        Raises RoutingChanged, RuleTarget, RuleRegionGone, UnknownCategory, UnknownAnswer.
        """
        if edition != self.edition:
            raise RoutingChanged()
        for rule in rules:
            require_possible(rule, policy, exists)
        edition += 1
        new = Routing(id=key_of(edition), region=self.region, edition=edition, rules=rules, by=by, at=at, reason=reason)
        new.record(PetitionRoutingChanged, at, rules=len(rules), edition=edition, by=by)
        return new

    def weigh(self, letter: Addressed, exists: Callable[[str], bool]) -> Iterator[Weighed]:
        """What each rule says, down to the one that matches."""
        for position, rule in enumerate(self.rules, 1):
            yield (weighed := Weighed(position=position, rule=rule, verdict=rule.weigh(letter, exists)))
            if weighed.verdict == MATCHED:
                return

    def result(self, weighed: list[Weighed], letter: Addressed) -> Routed | None:
        """Routed by the last of what was weighed, or None when no rule matched."""
        if not weighed or weighed[-1].verdict != MATCHED:
            return None
        last = weighed[-1]
        position, name, level = last.position, last.rule.name, last.rule.target(letter.path)
        return Routed(edition=self.edition, position=position, name=name, level=level) if level else None

    def switch_off(self, position: int, at: datetime) -> None:
        """Take a rule out of force, and say so once."""
        rule = self.rules[position - 1]
        if not rule.off_since:
            self.rules[position - 1] = replace(rule, off_since=at)
            self.record(PetitionRuleDisabled, at, edition=self.edition, position=position)


def key_of(edition: int) -> str:
    """The id of an edition; they sort."""
    return f"{edition:06d}"


def require_possible(rule: Rule, policy: Policy, exists: Callable[[str], bool]) -> None:
    """Raises RuleTarget, RuleRegionGone, UnknownCategory, UnknownAnswer."""
    if bool(rule.level) == bool(rule.office):
        raise RuleTarget()
    if not rule.regions_exist(exists):
        raise RuleRegionGone()
    for category in rule.categories:
        policy.require(category)
    require_known_answers(policy, rule.categories, rule.answers)


def require_known_answers(policy: Policy, categories: list[str], answers: dict[str, str]) -> None:
    """Raises UnknownAnswer unless these categories (none: all) ask such questions and take such answers."""
    asked = [category for category in policy.categories if not categories or category["code"] in categories]
    choices = {
        (question["code"], choice["code"])
        for category in asked
        for question in category.get("questions", ())
        for choice in question["choices"]
    }
    if not answers.items() <= choices:
        raise UnknownAnswer()
