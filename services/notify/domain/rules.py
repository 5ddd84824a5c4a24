"""Which fact is told to whom, in which words and by which channel: the rules and templates of `rules.json`."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, timezone
from pathlib import Path
from string import Formatter
from typing import Any

from contracts.sdk.envelope import Envelope
from services.notify.domain.addresses import ADDRESSES
from services.notify.domain.message import Message

HIDDEN = "******"
PLACES = ("office", "from_office", "region", "village")
SAME = {"lead_outcome": "outcome"}
SHANGHAI = timezone(timedelta(hours=8))
Above = Callable[[str], str | None]  # the region above one


@dataclass(frozen=True)
class Template:
    """Chinese words with `{field}` places."""

    title: str
    text: str

    @property
    def fields(self) -> list[str]:
        """Names of the places."""
        return [name for _, name, _, _ in Formatter().parse(self.text) if name]


@dataclass(frozen=True)
class Rule:
    """A fact is told to these people in these words.

    `to` is `author` (of the matter, if known), `office` (the department that handles it, else its office's secretary),
    `secretary` (that one whoever handles it), `dispatcher` (the same, if a department does), `arbiter` (who decides a
    dispute of it), `left` (the department that handled it before),
    `admin` (the administrator of the fact's office), `village_admin` (that of its village), `subject` (the person whom
    the fact is about), `person` (whom it names so), `helped` (the author, if somebody else wrote for her), `challenge`,
    or `discipline`, `cityadmin`, `intake`, `calendaradmin`, those of the fact's own region; `above` is the secretary
    above the office, `city` the administrators of the city that is its scope, `unit` a unit that was called,
    `village_secretary` and its like those of the places it names.
    `when` are values the fact must have. Lower `priority` goes first.
    When an office has nobody to be told, those who see to it are told by the template `fallback`. An SMS that `waits`
    goes within the hours of notices.
    """

    fact: str
    to: str
    template: str
    channels: list[str]
    priority: int = 1
    fallback: str = ""
    waits: bool = False
    when: dict[str, Any] = field(default_factory=dict)

    def concerns(self, fact: Envelope) -> bool:
        """Whether it is a rule for this fact."""
        named = fact.type.rpartition(".v")[0] == self.fact
        return named and all(fact.data[name] == value for name, value in self.when.items())

    def address(self, fact: Envelope, above: Above) -> str | None:
        """Whom a fact is told to, or None when nobody is known; `above(region)` is the region above or None."""
        return ADDRESSES[self.to](fact, above)

    def but(self, fact: Envelope) -> str:
        """The role whose holders an office's letter is about, and is kept from; "" for any other."""
        concerned = self.to in ("office", "secretary", "dispatcher", "arbiter", "above") and fact.data.get("concerned")
        return f"secretary@{concerned}" if concerned else ""


class Rulebook:
    """The rules, templates, words, delays and the flood (SMS to one person in a span) of `rules.json`."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.signature, self.words, self.fallback_role = data["signature"], data["words"], data["fallback_role"]
        self.delays = {name: [timedelta(seconds=s) for s in delays] for name, delays in data["delays"].items()}
        self.flood, self.flood_span = data["flood"]["count"], timedelta(minutes=data["flood"]["minutes"])
        self.templates = {code: Template(**template) for code, template in data["templates"].items()}
        self.rules = [Rule(**rule) for rule in data["rules"]]

    def messages(self, fact: Envelope, at: datetime, above: Above, hours: str = "") -> list[Message]:
        """What a fact makes us tell people; `above(region)` is the region above or None, `hours` those of notices."""
        return [
            self._message(fact, rule, address, channel, at, hours)
            for rule in self.rules
            if rule.concerns(fact) and (address := rule.address(fact, above))
            for channel in rule.channels
        ]

    def _message(self, fact: Envelope, rule: Rule, address: str, channel: str, at: datetime, hours: str) -> Message:
        return Message.compose(
            address,
            at,
            cause=fact.id,
            template=rule.template,
            params={name: fact.data[name] for name in self.fields(rule) if name in fact.data},
            channel=channel,
            due_at=within(hours, at) if rule.waits and channel == "sms" else at,
            priority=rule.priority,
            region=fact.regionid,
            expires_at=fact.data.get("expires_at"),
            but=rule.but(fact),
            recused=fact.data.get("recused") or [],
            fallback=rule.fallback,
        )

    def fields(self, rule: Rule) -> set[str]:
        """What of a fact its messages name."""
        templates = [self.templates[name] for name in (rule.template, rule.fallback) if name]
        return {name for template in templates for name in template.fields}

    def title(self, message: Message) -> str:
        """The heading of a message."""
        return self.templates[message.template].title

    def text(self, message: Message, place: Callable[[str], str], **secrets: Any) -> str:
        """The words of a message. `place(region)` gives a region's name; what is secret and not given is hidden."""
        template = self.templates[message.template]
        known = {name: self._word(name, value, place) for name, value in message.params.items()} | secrets
        return template.text.format_map({name: known.get(name, HIDDEN) for name in template.fields})

    def _word(self, name: str, value: Any, place: Callable[[str], str]) -> int | str:
        if name in PLACES:
            return place(value)
        if isinstance(value, datetime):
            return date_words(value)
        return self.words.get(SAME.get(name, name), {}).get(value, value)


def within(hours: str, at: datetime) -> datetime:
    """`at` if it is within these hours of China's day (`08:00-20:00`, "" for all), else when they next begin."""
    local, (opens, _, closes) = at.astimezone(SHANGHAI), hours.partition("-")
    if not hours or opens <= f"{local:%H:%M}" < closes:
        return at
    day = local.date() + timedelta(days=f"{local:%H:%M}" >= closes)
    return datetime.combine(day, time.fromisoformat(opens), SHANGHAI).astimezone(UTC)


def date_words(moment: datetime) -> str:
    """A moment in China as `12月2日17:30`."""
    local = moment.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日{local:%H:%M}"


RULEBOOK = Rulebook(json.loads(Path(__file__).parent.with_name("rules.json").read_text()))
