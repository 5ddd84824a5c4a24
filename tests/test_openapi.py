"""Each service against its own description: requests made from /openapi.json, sound and not, by somebody of all roles.

No answer is a 5xx, each has a status, a content type and a form that the description names. A fixed seed, few examples
for each operation; half of the paths name something that is there.
"""

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

from chassis.auth.people import Person
from chassis.domain import now
from chassis.pages.routes import internal
from chassis.registry import services
from contracts.roles import ROLES
from tests.matters import AUTHOR, CITY, TOWN, VILLAGE, lived_in, owned

EXAMPLES = 5
TOO_LONG = 414  # said before any route is asked
ALL = dict.fromkeys(ROLES, (VILLAGE, TOWN, CITY))
HOLDS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
BRIEF = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("name", services())
def test_a_service_answers_as_it_describes_itself(running, regions, name):
    service = lived_in(running, regions, name)
    ids = owned(service)
    everything = service.county.token(Person(AUTHOR, VILLAGE, ALL, fresh=now()))
    for operation in operations(service.http):
        ask(operation, service.http.base, everything, ids)
    callers = {route.url: route.callers for route in internal(service.cls)}
    for operation in operations(service.internal("notify")):
        caller = (callers[operation.path] or ["notify"])[0]
        client = service.internal(caller)
        ask(operation, client.base, client.token, ids)


def operations(client):
    """The operations that a server describes."""
    document = schemathesis.openapi.from_dict(client.get("/openapi.json").json())
    return [found.ok() for found in document.get_all_operations()]


def away(response):
    """Whether it says that it could not ask another service; none is around here."""
    return response.status_code == 503 and response.json()["code"] == "unavailable"


def ask(operation, base, token, ids):
    """Make requests of an operation, and hold the answers against its description."""
    sent = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))

    @BRIEF
    @given(case=sent, there=st.sampled_from([None, *ids]))
    def holds(case, there):
        if there:
            case.path_parameters = dict.fromkeys(case.path_parameters, there)
        response = case.call(base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=20)
        if response.status_code != TOO_LONG:
            case.validate_response(response, checks=HOLDS[1:] if away(response) else HOLDS)

    holds()
