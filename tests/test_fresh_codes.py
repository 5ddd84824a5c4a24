"""What a route does that outlives the session is done by nobody who has an access token alone."""

import pytest

from chassis.pages.routes import routes
from chassis.registry import services

LASTING = {
    "identity": {
        "PUT /v1/me/password": "another way in",
        "POST /v1/me/wechat": "another way in",
        "POST /v1/me/authenticator": "a second factor",
        "POST /v1/me/authenticator/confirmation": "recovery codes",
        "POST /v1/villagers/{id}/binding": "another way into a villager's account",
        "POST /v1/people/{id}/second-factor-reset": "somebody's second factor",
        "POST /v1/people/{id}/second-factor-reset/agreement": "the same",
        "POST /v1/mandates": "somebody may act for her for a year",
        "POST /v1/mandates/{id}/agreement": "the same, of a villager",
        "POST /v1/roles": "an office",
        "POST /v1/roles/{id}/loans": "an office",
        "POST /v1/nominations": "an office",
        "POST /v1/nominations/{id}/agreement": "an office",
        "POST /v1/organisations/{id}/staff": "an office",
        "GET /v1/me/export": "all that is known of her",
        "POST /v1/me/erasure": "nothing is left",
        "POST /v1/people/{id}/erasure": "nothing is left of somebody",
    },
    "petition": {"GET /v1/me/export": "all that she wrote"},
}


@pytest.mark.feature("I05")
@pytest.mark.parametrize("service", services())
def test_each_route_whose_effect_outlives_the_session_wants_a_fresh_code(service):
    asking = [route for route in routes(services()[service]) if route.fresh]
    assert {f"{route.method} {route.url}" for route in asking} == LASTING.get(service, {}).keys()
