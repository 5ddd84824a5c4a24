"""A service is composed of groups that have what they declare, and nothing else."""

import pytest

from chassis.bus.on import handlers
from chassis.core.group import Group, Uses, composed, hoist
from chassis.pages.routes import routes
from chassis.provision import tables
from chassis.service import Numbers, Service, Setting, http, on
from chassis.store import Rows
from contracts.identity.access import RoleEnded


class Notes(Rows):
    collection = "notes"


class Access(Group):
    notes = Notes()

    def allowed(self):
        return "allowed"


class Reading(Group):
    notes = Notes()
    access = Uses(Access)
    settings = {"PAGE": str}

    @http("GET", "/v1/notes")
    def show(self, call):
        """The caller's notes."""
        return self.access.allowed(), self.settings, call

    @on(RoleEnded)
    def forget(self, fact):
        return self.numbers


class ComposedService(Service):
    """A service that says what it is made of."""

    name = "composed"
    groups = (Reading,)


@pytest.fixture
def service():
    made = ComposedService()
    made.settings = {"PAGE": "20", "RATES": 1.0, "SECRET": "x"}
    return made


def test_a_service_has_the_routes_handlers_collections_and_settings_of_its_groups_and_of_what_they_use():
    assert composed([Reading]) == [Access, Reading]
    assert [route.url for route in routes(ComposedService) if route.method_name == "show"] == ["/v1/notes"]
    assert RoleEnded in {fact for handler in handlers(ComposedService) for fact in handler.facts}
    assert "notes" in tables(ComposedService)
    assert ComposedService.wanted_settings == {"PAGE": Setting(str)}


def test_a_call_reaches_the_group_which_reaches_the_groups_it_declares(service):
    assert service.show("call") == ("allowed", {"PAGE": "20"}, "call")


def test_the_groups_of_a_service_go_by_its_clock(service):
    service.now = lambda: "noon"
    assert service.part(Reading).now() == "noon"


def test_a_group_is_made_once_per_service_object(service):
    assert service.part(Reading).access is service.part(Access)


def test_what_a_group_does_not_declare_it_has_not(service):
    with pytest.raises(AttributeError):
        service.forget("fact")


def test_groups_that_use_each_other_in_a_circle_make_no_service():
    class Writing(Group):
        reading = Uses(Reading)

    Access.writing = Uses(Writing)
    try:
        with pytest.raises(TypeError, match="Reading → Access → Writing → Reading"):
            composed([Reading])
    finally:
        del Access.writing


def test_two_groups_declare_the_same_name_alike_or_there_is_no_service():
    class Counting(Group):
        notes = Numbers("N")

    with pytest.raises(TypeError, match="notes is declared in two ways"):
        hoist(Counting, ComposedService)


def test_two_groups_with_the_same_route_name_make_no_service():
    class Showing(Group):
        @http("GET", "/v1/others")
        def show(self, call): ...

    with pytest.raises(TypeError, match="show stands twice"):
        type("DoubledService", (Service,), {"groups": (Reading, Showing)})
