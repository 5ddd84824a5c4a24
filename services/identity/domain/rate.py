"""认证率: how many of the registered people of a region are verified."""

from dataclasses import dataclass

from services.identity.domain.region import Region


@dataclass(frozen=True, kw_only=True)
class Rate:
    """`registered` is None where no village has said; `rate` is then None too."""

    region: str
    place: str
    verified: int
    registered: int | None

    @property
    def rate(self) -> float | None:
        """Verified per registered, four decimals."""
        return round(self.verified / self.registered, 4) if self.registered else None


def rates(region: Region, under: list[Region], verified: dict[str, int], registered: dict[str, int]) -> list[Rate]:
    """The Rate of each part right under a Region, and last of the region itself.

    `under` are all Regions below it, itself included; `verified` and `registered` are by village id. Who is registered
    in a village that was merged is counted by its heir alone.
    """
    parts = [part for part in under if part.parent == region.id and not part.heir]
    return [
        _rate(part, [each for each in under if part.id in each.path], verified, registered) for part in [*parts, region]
    ]


def _rate(part: Region, villages: list[Region], verified: dict[str, int], registered: dict[str, int]) -> Rate:
    known = [registered[each.id] for each in villages if each.id in registered and not each.heir]
    count = sum(verified.get(each.id, 0) for each in villages)
    return Rate(region=part.id, place=part.place, verified=count, registered=sum(known) if known else None)
