"""派单: a department handles a letter for its office; it may say whose it is instead (退单), and somebody decides."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.domain import Refusal, Unacceptable
from contracts.sdk.fact import Fact
from services.petition.domain.clock import Order
from services.petition.domain.ladder import Laddered
from services.petition.domain.moves import DEPARTMENT, INTAKE, Act, Move
from services.petition.domain.policy import Limiting

DISPUTES = 3
"""Disputed so often, the city decides, and it cannot be disputed again. Source: matters.md, State Council on 12345."""


class AlreadyDispatched(Refusal):
    """这封来信已经由这个部门承办"""


class NotDispatched(Refusal):
    """这封来信没有派给部门承办"""


class NothingDisputed(Refusal):
    """没有待决定的退单"""


class DisputePending(Refusal):
    """已经退单，请等待决定"""


class DisputedTooOften(Refusal):
    """这封来信的承办单位已由市受理中心裁定，不能再退单"""


class CityDecides(Refusal):
    """退单次数已满，承办单位由市受理中心裁定"""


class OwnMatter(Unacceptable):
    """退单要写明应由哪个别的单位承办"""


class UnknownHandler(Unacceptable):
    """没有这个单位，或它不归这一级管理，请从列表中选择"""


@dataclass(kw_only=True)
class Dispatched(Laddered):
    """A matter that its office may have a `department` handle; the clocks are those of the office's level.

    `transfers` counts how often it was dispatched, `disputes` how often that was disputed; `right_owner` is whose it is
    in the eyes of the department, until that is decided. `left` is the department that handled it before.
    """

    department: str | None = None
    right_owner: str | None = None
    left: str | None = None
    transfers: int = 0
    disputes: int = 0

    @property
    def final(self) -> bool:
        """Whether only the city's intake (受理中心) may still decide who handles it."""
        return self.disputes >= DISPUTES

    @property
    def arbiter(self) -> str:
        """The region of whoever decides a dispute."""
        return self.path[-1] if self.final else self.office

    def require_dispatch(self, row: Move, act: Act) -> None:
        """Raises the refusal of what `row` would overstep in who handles it."""
        if row.settles:
            self._require_settling(row, act)
        if "right_owner" in row.needs:
            self._require_dispute(act)
        if row.played(act) == DEPARTMENT and self.right_owner and not row.settles:
            raise DisputePending()

    def _require_settling(self, row: Move, act: Act) -> None:
        if self.final and INTAKE not in act.parts:
            raise CityDecides()
        if act.department and act.department == self.department:
            raise AlreadyDispatched()
        if "department" not in row.needs and not self.department:
            raise NotDispatched()
        if "text" in row.needs and not self.right_owner:
            raise NothingDisputed()

    def _require_dispute(self, act: Act) -> None:
        if not self.department:
            raise NotDispatched()
        if self.final:
            raise DisputedTooOften()
        if act.right_owner == self.department:
            raise OwnMatter()

    def _dispatch(self, row: Move) -> None:
        """What a row means for who handled it until now."""
        if row.settles:
            self.right_owner = None
        if "left" in row.tells:
            self.left, self.department = self.department, None
        self.transfers += "department" in row.needs
        self.disputes += "right_owner" in row.needs

    def _enter(self, level: str, policy: Limiting, at: datetime) -> list[Order]:
        """The office of another level, or of another round, handles it itself."""
        self.department = self.right_owner = None
        return super()._enter(level, policy, at)

    def _tell(self, fact: type[Fact], at: datetime, clocks: Iterable[Order] = (), **words: Any) -> None:
        super()._tell(fact, at, clocks, department=self.department, **words)
