"""How a county answers letters: categories, time limits of each level, and what anonymity means."""

from dataclasses import dataclass, field

from services.petition.domain.refusals import UnknownCategory

LADDER = ("village", "town", "city")
CLOCKS = SIGN, ANSWER, RESOLVE = "sign", "answer", "resolve"
NAMED, HIDDEN_FROM_OFFICE, ANONYMOUS = 1, 2, 3


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The county's own rules: `limits[level][clock]` in `unit`s; categories and anonymity with their Chinese words;
    letters written within `similar_days` of each other may be about the same.

    Raises KeyError when made without a limit for each clock of each level.
    """

    unit: str
    limits: dict
    reopen_days: int
    categories: list
    anonymity: list
    similar_days: int = 30
    routing: list = field(default_factory=list)

    def __post_init__(self):
        for level in LADDER:
            for clock in CLOCKS:
                self.limit(level, clock)

    def limit(self, level, clock):
        """期限 as clock orders carry it."""
        return {"amount": self.limits[level][clock], "unit": self.unit}

    def require(self, category):
        """Raises UnknownCategory."""
        if category not in {known["code"] for known in self.categories}:
            raise UnknownCategory()
