"""待办: at which desks a matter waits, and whether somebody has seen what happened to it."""

from services.petition.domain.moves import CLOSED, DONE
from services.petition.domain.policy import LADDER


def desks(petition):
    """The offices whose move it is: who handles it; to verify or to decide, also the one above; none at the end."""
    rung = LADDER.index(petition.level)
    if petition.state == CLOSED:
        return []
    return petition.path[rung : rung + 2] if petition.state == DONE or petition.asked else [petition.office]


def kind(matter):
    """petition, report or question."""
    return type(matter).__name__.lower()


def intake_desk(county):
    """The desk of a county's intake (受理中心), which has no office."""
    return f"intake:{county}"


def unread(matter, seen):
    """Whether something was told of it since `seen`, the sequence that somebody saw (None: never looked)."""
    return matter.sequence > (seen or 0)
