"""Every route, asked by everybody who may not: as every role, from one's own and other regions. Nothing changes.

Who may is read from the code (`chassis.pages`, docs/roles.md). Within a role, other regions are tried on what is there:
each id of each thing in the service, each region of 陶坝村's path, in the place of each parameter.
"""

import re
from itertools import product

import pytest
from marshmallow import fields, validate

from chassis.auth.people import Person
from chassis.domain import now
from chassis.pages import routes
from chassis.parts.collections import CHASSIS
from chassis.registry import names, services
from chassis.web.http import ANYONE, SIGNED_IN
from contracts.roles import ROLES
from services.identity.domain.office import ROLES as GRANTED
from tests.matters import CITY, NEXT_VILLAGE, VILLAGE, lived_in, owned

OTHER_TOWN = "510183121"
SCOPES = {"village": [VILLAGE, NEXT_VILLAGE], "town": [OTHER_TOWN], "city": [CITY]}
ELSEWHERE = {"village": NEXT_VILLAGE, "town": OTHER_TOWN}
LEVELS = GRANTED | {"villager": ("village",)}
WATCHING = {"signals", "watched"}  # what early warning notes of these very attempts
VOLATILE = CHASSIS.keys() - {"events", "idempotency", "audit_log"} | WATCHING

pytestmark = [pytest.mark.feature("I04"), pytest.mark.timeout(120)]
every_service = pytest.mark.parametrize("name", services())


@pytest.fixture
def asked(running, regions):
    """`asked(name)`: a service with something in it."""

    def there(name):
        service = lived_in(running, regions, name)
        service.tokens = {}
        return service

    return there


def public(service):
    return routes.public(service.cls)


def parameters(route):
    return re.findall(r"{(\w+)}", route.url)


def holder(role, region):
    home = region if role == "villager" else None
    return Person(f"{role or 'guest'}-of-{region}", home, {role: (region,)}, fresh=now())


def everybody():
    """(role, Person) of each role and each kind of region; None: nobody signed in, "": a guest."""
    yield from ((None, None), ("", Person("guest", fresh=now())))
    for role, levels in LEVELS.items():
        yield from ((role, holder(role, region)) for level in levels for region in SCOPES[level])


def kept(service):
    """What a service keeps, as fingerprints of its collections."""
    found = service.database.command("dbHash")["collections"]
    return {name: digest for name, digest in found.items() if name not in VOLATILE}


def send(service, route, values, who, body):
    path = route.url.format(**values)
    query = {name: VILLAGE for name in ("region", "office") if name in route.query.fields}
    query |= {name: sample(field) for name, field in route.query.fields.items() if field.required and name not in query}
    content = {"headers": {"Content-Type": "image/png"}, "data": b"x"} if route.upload else {"json": body}
    return service.http.request(route.method, path, token=who and token_of(service, who), params=query, **content)


def token_of(service, who):
    """A token for each person, signed once."""
    if who.id not in service.tokens:
        service.tokens[who.id] = service.county.token(who)
    return service.tokens[who.id]


def sample(field):
    """A value that a field of a request takes."""
    for check in field.validators:
        if isinstance(check, validate.OneOf):
            return check.choices[0]
    samples = {
        fields.Nested: lambda: filled(field.schema) if isinstance(field, fields.Nested) else None,
        fields.List: lambda: [sample(field.inner)],
        fields.Boolean: lambda: True,
        fields.Integer: lambda: 1,
        fields.DateTime: lambda: "2040-01-01T00:00:00+08:00",
        fields.Date: lambda: "2040-01-01",
        fields.Dict: dict,
    }
    return next((make() for kind, make in samples.items() if isinstance(field, kind)), "样例文字")


def filled(schema):
    """A body with all that a schema demands, and 陶坝村 wherever a region is asked for."""
    wanted = {name: sample(field) for name, field in schema.fields.items() if field.required}
    return wanted | {name: VILLAGE for name in schema.fields if name == "region"}


# what the roles say


def test_every_role_of_a_route_has_a_chinese_and_an_english_name():
    found = {role for name in services() for route in routes_of(name) for role in named(route)}
    assert found | LEVELS.keys() <= ROLES.keys()


def routes_of(name):
    return routes.public(services()[name])


def named(route):
    return [] if route.roles in (ANYONE, SIGNED_IN) else route.roles


@every_service
def test_whoever_has_not_the_role_is_refused_and_changes_nothing(asked, name):
    service = asked(name)
    before = kept(service)
    for route in public(service):
        values = dict.fromkeys(parameters(route), "0")
        for role, who in everybody():
            if not routes.admits(route, role):
                answer = send(service, route, values, who, {})
                assert answer.status_code == (401 if role is None else 403), (route.method, route.url, role)
    no_other_service_may_ask_inside(service)
    assert kept(service) == before


def no_other_service_may_ask_inside(service):
    for route in routes.internal(service.cls):
        if route.callers is not None:
            path = route.url.format(**dict.fromkeys(parameters(route), "0"))
            for caller in {*names(), "party", "bulletin"} - set(route.callers):
                assert service.internal(caller).request(route.method, path, json={}).status_code == 403, (path, caller)


@every_service
def test_whoever_has_the_role_elsewhere_sees_nothing_and_changes_nothing(asked, name):
    service = asked(name)
    before, ids = kept(service), owned(service)
    for route in filter(scoped, public(service)):
        for role, values in product(strangers(route), places(route, ids)):
            answer = send(service, route, values, role, filled(route.body))
            told = (route.method, route.url, sorted(role.roles), answer.status_code)
            assert answer.status_code in (400, 403, 404, 409, 415, 422) or not reveals(answer, ids), told
    assert kept(service) == before


def scoped(route):
    """Whether a route is about something of one region or one person."""
    return route.roles != ANYONE and (route.roles != SIGNED_IN or parameters(route))


def strangers(route):
    """Holders of the route's roles in another village and another town."""
    held = [role for role in LEVELS if routes.admits(route, role)]
    return [holder(role, ELSEWHERE[level]) for role in held for level in LEVELS[role] if level in ELSEWHERE]


def places(route, ids):
    """Values for the parameters of a route: each combination of what is there."""
    names = parameters(route)
    return [dict(zip(names, chosen, strict=True)) for chosen in product(ids, repeat=len(names))]


def reveals(answer, ids):
    """Whether an answer tells of something there is."""
    return any(f'"{id}"' in answer.text for id in ids)
