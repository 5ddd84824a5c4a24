"""待办, the worklist: in which queues a matter waits, and whether somebody has seen what happened to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chassis.domain import Aggregate
from services.petition.domain.moves import CLOSED, DONE, WAITING
from services.petition.domain.policy import LADDER

if TYPE_CHECKING:
    from services.petition.domain.petition import Petition


def queues(petition: Petition) -> list[str]:
    """The queues of those who owe it something: none while it waits for its author or is suspended, and at the end.

    To verify are its office and the one above; to decide what the office asks for (挂账, 延期) is the one above; above
    the city that is the intake. A reply to supervision (督办) is owed whatever else. What was dispatched is the
    department's; what that disputes (退单) is to decide for the office, after several times for the intake. Of a letter
    that was withdrawn the office still owes its reply.
    """
    if petition.state == CLOSED:
        return [petition.office] if petition.owed_reply else []
    index = LADDER.index(petition.level)
    if petition.state == DONE:
        return petition.path[index : index + 2]
    above = [*petition.path, intake_queue(petition.path[-1])][index + 1]
    owes = [handler(petition)] if petition.owed_reply or petition.state not in WAITING else []
    return owes + ([above] if petition.asked else [])


def handler(petition: Petition) -> str:
    """The queue of whoever handles it, or decides who does."""
    if petition.right_owner is None:
        return petition.department or petition.office
    return intake_queue(petition.arbiter) if petition.final else petition.office


def kind(matter: object) -> str:
    """`petition`, `report` or `question`."""
    return type(matter).__name__.lower()


def intake_queue(county: str) -> str:
    """The queue of a county's intake (受理中心), which has no office."""
    return f"intake:{county}"


def unread(matter: Aggregate, seen: int | None) -> bool:
    """Whether something was told of it since `seen`, the sequence that somebody saw (None: never looked)."""
    return matter.sequence > (seen or 0)
