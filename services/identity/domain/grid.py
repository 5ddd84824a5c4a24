"""网格 and 村民小组: the parts of a village, with their teams and boundaries, each as of when."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self, TypeVar

from chassis.domain import Aggregate, Missing, Refusal, Unacceptable
from contracts.identity.regions import GridChanged

DUTIES = ("head", "gridworker", "contact", "leader", "assistant")
"""网格长、网格员、联系人、组长、协助人员."""

TEAM_RULES = {"grid": {"gridworker": 1, "contact": 1}, "group": {"leader": 1}}
"""Kind → how many of which duty its team has at least."""

DEPTH = 3


class GridNotFound(Missing):
    """没有这个网格或小组"""


class GridClosed(Refusal):
    """这个网格或小组已经撤销"""


class TeamTooSmall(Unacceptable):
    """网格至少要有一名网格员和一名联系人，小组至少要有一名组长"""


class TooDeep(Unacceptable):
    """网格最多分三级"""


class OtherVillage(Unacceptable):
    """上级网格不在同一个村"""


class HasParts(Refusal):
    """请先撤销下一级网格"""


@dataclass(frozen=True, kw_only=True)
class Member:
    """Who does what in a team."""

    person: str
    duty: str


@dataclass(frozen=True, kw_only=True)
class Team:
    """The members from `since` on, before `until` (None: now)."""

    members: list[Member]
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Boundary:
    """What belongs to it: households by id, or a GeoJSON polygon, from `since` on, before `until` (None: now)."""

    households: list[str]
    polygon: dict[str, Any] | None
    since: datetime
    until: datetime | None = None


@dataclass(kw_only=True)
class Grid(Aggregate):
    """网格或村民小组 of the village `region`; `path` runs from itself up to the topmost grid it is part of."""

    region: str
    kind: str
    place: str
    path: list[str]
    teams: list[Team] = field(default_factory=list)
    boundaries: list[Boundary] = field(default_factory=list)
    opened_at: datetime
    closed_at: datetime | None = None

    @classmethod
    def open(
        cls,
        id: str,
        region: str,
        kind: str,
        place: str,
        above: "Grid | None",
        team: list[Member],
        boundary: dict[str, Any],
        at: datetime,
    ) -> Self:
        """设立 in a village (its id), as a part of the Grid `above` or of none.

        `team` are Members; `boundary` is {households, polygon}. Raises TeamTooSmall, TooDeep, GridClosed.
        """
        if above and len(above.require_open().path) == DEPTH:
            raise TooDeep()
        path = [id, *(above.path if above else [])]
        grid = cls(id=id, region=region, kind=kind, place=place, path=path, opened_at=at)
        grid._set(team, boundary, at)
        return grid

    def change(self, team: list[Member] | None, boundary: dict[str, Any] | None, at: datetime) -> None:
        """调整: a new team, a new boundary, or both (None: as it is). Raises TeamTooSmall, GridClosed."""
        self.require_open()._set(team, boundary, at)

    def close(self, at: datetime) -> None:
        """撤销. Raises GridClosed."""
        self.require_open().closed_at = at
        self._tell(at)

    def duties_of(self, person: str) -> list[dict[str, Any]]:
        """[{grid, place, duty, since, until}] of somebody (a person id), past ones too."""
        return [
            {"grid": self.id, "place": self.place, "duty": member.duty, "since": team.since, "until": team.until}
            for team in self.teams
            for member in team.members
            if member.person == person
        ]

    def forget(self, person: str) -> None:
        """Somebody (a person id) was erased, and is in no team, past or present."""
        self.teams = [
            replace(team, members=[member for member in team.members if member.person != person]) for team in self.teams
        ]

    def require_open(self) -> Self:
        """The grid itself. Raises GridClosed."""
        if self.closed_at:
            raise GridClosed()
        return self

    def at(self, moment: datetime) -> dict[str, Any] | None:
        """Its team and boundary at a moment, None before it was opened and after it was closed."""
        if moment < self.opened_at or (self.closed_at and moment >= self.closed_at):
            return None
        return {"team": _at(self.teams, moment).members, "boundary": _at(self.boundaries, moment)}

    def _set(self, team: list[Member] | None, boundary: dict[str, Any] | None, at: datetime) -> None:
        if team is not None:
            _require_team(self.kind, team)
            self.teams = _succeeded(self.teams, Team(members=team, since=at))
        if boundary is not None:
            self.boundaries = _succeeded(self.boundaries, Boundary(**boundary, since=at))
        self._tell(at)

    def _tell(self, at: datetime) -> None:
        parent = self.path[1] if len(self.path) > 1 else None
        self.record(GridChanged, at, region=self.region, kind=self.kind, parent=parent, open=not self.closed_at)


V = TypeVar("V", bound=Team | Boundary)


def _require_team(kind: str, members: list[Member]) -> None:
    duties = [member.duty for member in members]
    if any(duties.count(duty) < least for duty, least in TEAM_RULES[kind].items()):
        raise TeamTooSmall()


def _succeeded(versions: list[V], newest: V) -> list[V]:
    """The versions with the last one ended where the newest begins."""
    return [*versions[:-1], *(replace(last, until=newest.since) for last in versions[-1:]), newest]


def _at(versions: list[V], moment: datetime) -> V:
    return next(each for each in reversed(versions) if each.since <= moment)
