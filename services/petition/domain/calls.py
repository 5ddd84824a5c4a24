"""回访: whose authors are called after a letter is closed."""

from zlib import crc32

from services.petition.domain.petition import Petition


def lot(number: str) -> int:
    """0 to 99 by the letter's number alone: a letter below the county's share is called whatever its rating."""
    return crc32(number.encode()) % 100


def why(petition: Petition) -> str:
    """unrated or drawn."""
    return "drawn" if petition.stars else "unrated"
