"""Which fact counts as what: the counters' rules as data, and the one function that applies them."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from typing import Any

from contracts.identity.villagers import VillagerApplied, VillagerLeft, VillagerRefused, VillagerVerified
from contracts.notify import MessageFailed, MessageSent
from contracts.petition.letters import (
    PetitionAnswered,
    PetitionBreached,
    PetitionClosed,
    PetitionDone,
    PetitionEscalated,
    PetitionRated,
    PetitionReopened,
    PetitionSigned,
    PetitionSubmitted,
)
from contracts.sdk.envelope import Envelope

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
NOWHERE = "-"
STEP = 5
DIMENSIONS = ("category", "outcome", "level", "channel")


@dataclass(frozen=True)
class Rule:
    """How a fact is counted: as which metric, and which of its attributes say where, by what, and what to add up.

    A fact that happened in no region counts NOWHERE, which the whole county includes.
    """

    metric: str
    leaf: str
    dimensions: dict[str, str] = field(default_factory=dict)
    sum: str | None = None


def petitions(what: str, sum: str | None = None, **dimensions: Any) -> Rule:
    """A rule for a matter: counted in its village, by category. One about a cadre counts where it is handled."""
    return Rule(f"petitions.{what}", "village", {"category": "category"} | dimensions, sum)


def messages(what: str) -> Rule:
    """A rule for a message: counted where its cause happened, by channel."""
    return Rule(f"messages.{what}", "regionid", {"channel": "channel"})


RULES = {
    PetitionSubmitted: petitions("submitted"),
    PetitionSigned: petitions("signed"),
    PetitionAnswered: petitions("answered"),
    PetitionDone: petitions("done"),
    PetitionClosed: petitions("closed", outcome="outcome"),
    PetitionReopened: petitions("reopened"),
    PetitionBreached: petitions("breached", level="late_level"),
    PetitionEscalated: petitions("escalated", level="from_level"),
    PetitionRated: petitions("rated", sum="stars"),
    VillagerApplied: Rule("villagers.applied", "region"),
    VillagerVerified: Rule("villagers.verified", "region"),
    VillagerRefused: Rule("villagers.refused", "region"),
    VillagerLeft: Rule("villagers.left", "region"),
    MessageSent: messages("sent"),
    MessageFailed: messages("failed"),
}
BY_WIRE = {fact.wire(): rule for fact, rule in RULES.items()}


def tally(fact: Envelope) -> tuple[str, dict[str, int], dict[str, str]]:
    """What a fact adds: (id of the counter, amounts, the counter's fields)."""
    rule = BY_WIRE[fact.type]
    leaf = "office" if fact.data.get("concerned") else rule.leaf
    fields = {
        "leaf": getattr(fact, leaf) or NOWHERE,
        "metric": rule.metric,
        "day": fact.time.astimezone(SHANGHAI).date().isoformat(),
        **{name: getattr(fact, attribute) for name, attribute in rule.dimensions.items()},
    }
    amounts = {"count": 1} | ({"sum": getattr(fact, rule.sum)} if rule.sum else {})
    return "|".join(f"{name}={value}" for name, value in fields.items()), amounts, fields


def part(path: list[str], region: str) -> str:
    """The child of `region` on a path that runs up through it; the region itself where the path begins there."""
    return path[max(path.index(region) - 1, 0)]


def until_yesterday(day: date | None, at: datetime) -> date:
    """The earlier one of a day (or None) and the day before the moment `at` in 邛崃."""
    yesterday = at.astimezone(SHANGHAI).date() - timedelta(days=1)
    return min(day or yesterday, yesterday)


def days_of(month: str | None, at: datetime) -> tuple[date | None, date]:
    """First and last day of a month (`2026-11`), of all time for None; none later than yesterday."""
    if month is None:
        return None, until_yesterday(None, at)
    first = date.fromisoformat(f"{month}-01")
    return first, until_yesterday((first + timedelta(days=31)).replace(day=1) - timedelta(days=1), at)


def for_everybody(rows: list[dict[str, int]]) -> list[dict[str, int]]:
    """Counts rounded down to fives, and sums by the same share; what is below five is left out.

    So no number tells of one letter; two numbers with one letter between them differ for each fifth letter only.
    """
    shown = [(row, row["count"] // STEP * STEP) for row in rows]
    return [row | {"count": count, "sum": row["sum"] * count // row["count"]} for row, count in shown if count]


def end_of(day: date | None) -> datetime | None:
    """The moment a day of 邛崃 ends; None for None."""
    return datetime.combine(day, time.max, SHANGHAI) if day else None


def parts_of(region: str, paths: dict[str, list[str]]) -> dict[str, str]:
    """Leaf → the part of `region` it counts for, from the paths (by id) of all under it, itself included.

    What happened NOWHERE counts for the whole county: for the region above which there is none.
    """
    parts = {id: part(path, region) for id, path in paths.items()}
    return parts | ({NOWHERE: region} if [region] in paths.values() else {})


def by_part(sums: list[dict[str, Any]], parts: dict[str, str]) -> list[dict[str, Any]]:
    """Sums by leaf (dicts of metric, leaf, count, sum) added up by part of the region, as dicts with `region`."""
    totals: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in sums:
        totals[row["metric"], parts[row["leaf"]]].update(count=row["count"], sum=row["sum"])
    return [{"metric": metric, "region": region, **total} for (metric, region), total in sorted(totals.items())]
