"""The routes of a service outside a container, and whom each lets in."""

from chassis.core.glue import declared
from chassis.pages.text import summary
from chassis.web.http import ANYONE, SIGNED_IN, Http, Internal


def routes(cls):
    """The routes a Service subclass declares: copies with `method_name` and `about`, in order."""
    found = []
    for method, route in declared(cls, Http):
        route.about = summary(method)
        found.append(route)
    return sorted(found, key=lambda route: (route.url, route.method))


def public(cls):
    """The routes for people."""
    return [route for route in routes(cls) if not isinstance(route, Internal)]


def internal(cls):
    """The routes for other services."""
    return [route for route in routes(cls) if isinstance(route, Internal)]


def admits(route, role):
    """Whether a route lets a role in; None: nobody signed in, "": somebody without any role (a guest)."""
    if route.roles == ANYONE:
        return True
    return role is not None and (route.roles == SIGNED_IN or role in route.roles)


def place(route):
    """`GET /v1/petitions/{number}` in code."""
    return f"`{route.method} {route.url}`"
