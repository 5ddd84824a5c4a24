"""Whom the `to` of a rule means, by what a fact says: `person:ID`, `role:ROLE@REGION`, `staff:DEPARTMENT@REGION`."""

from collections.abc import Callable

from contracts.sdk.envelope import Envelope

Above = Callable[[str], str | None]  # the region above one
Address = Callable[[Envelope, Above], str | None]
NAMED = [("village", "secretary"), ("town", "secretary"), ("city", "secretary"), ("city", "intake")]
ROLES = ("discipline", "cityadmin", "intake", "calendaradmin")


def person(id: str | None) -> str | None:
    """Somebody, if known."""
    return id and f"person:{id}"


def holders(role: str, region: str | None) -> str | None:
    """Those who hold a role in a region, if there is one."""
    return region and f"role:{role}@{region}"


def staff(department: str | None, region: str) -> str | None:
    """Those who work in a department, if there is one."""
    return department and f"staff:{department}@{region}"


def in_named(level: str, role: str) -> Address:
    """The holders in the village, town or city that the fact names."""
    return lambda fact, _: holders(role, fact.data[level])


def in_own(role: str) -> Address:
    """The holders in the fact's own region."""
    return lambda fact, _: holders(role, fact.regionid)


ADDRESSES: dict[str, Address] = {
    "author": lambda fact, _: person(fact.author),
    "office": lambda fact, _: staff(fact.data.get("department"), fact.office) or holders("secretary", fact.office),
    "secretary": lambda fact, _: holders("secretary", fact.office),
    "dispatcher": lambda fact, _: fact.department and holders("secretary", fact.office),
    "arbiter": lambda fact, _: holders("intake" if fact.final else "secretary", fact.arbiter),
    "left": lambda fact, _: staff(fact.left, fact.office),
    "above": lambda fact, above: holders("secretary", above(fact.office)),
    "unit": lambda fact, _: holders("secretary", fact.unit) if fact.kind == "office" else staff(fact.unit, fact.region),
    "admin": lambda fact, _: holders(f"{fact.level}admin", fact.office),
    "village_admin": lambda fact, _: holders("villageadmin", fact.region),
    "city": lambda fact, _: holders("cityadmin", fact.region),
    "subject": lambda fact, _: person(fact.subject),
    "person": lambda fact, _: person(fact.person),
    "helped": lambda fact, _: fact.helper and person(fact.author),
    "challenge": lambda fact, _: f"challenge:{fact.subject}",
    **{f"{level}_{role}": in_named(level, role) for level, role in NAMED},
    **{role: in_own(role) for role in ROLES},
}
