"""What a route does that outlives the session is done by nobody who has an access token alone."""

import pytest

from chassis.pages.routes import routes
from chassis.registry import services
from tests.matters import known


@pytest.mark.feature("I05")
@pytest.mark.parametrize("service", services())
def test_each_route_whose_effect_outlives_the_session_wants_a_fresh_code(service):
    asking = [route for route in routes(services()[service]) if route.fresh]
    assert {f"{route.method} {route.url}" for route in asking} == known(service, "LASTING", {}).keys()
