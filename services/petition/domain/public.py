"""公开: what everybody may read of a letter whose author agreed and whose answer was published."""

from typing import Any

from services.petition.domain.board import BEIJING
from services.petition.domain.petition import Petition


def shown(letter: Petition, village: dict[str, str]) -> dict[str, Any]:
    """These words and no others; `village` is {_id, place} of what its village is now, times are days in Beijing."""
    return {
        "number": letter.number,
        "region": village["_id"],
        "place": village["place"],
        "category": letter.category,
        "submitted_on": (letter.submitted_at + BEIJING).date(),
        "state": letter.state,
        "outcome": letter.outcome,
        "answer": letter.public_answer,
    }
