"""The routes of a service outside a container, and whom each lets in."""

import inspect
from copy import copy

from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR

from chassis.pages.text import summary
from chassis.web.http import ANYONE, SIGNED_IN, Http, Internal


def routes(cls):
    """The routes a Service subclass declares: copies with `method_name` and `about`, in order."""
    found = []
    for name, method in inspect.getmembers(cls, inspect.isfunction):
        for entrypoint in getattr(method, ENTRYPOINT_EXTENSIONS_ATTR, ()):
            if isinstance(entrypoint, Http):
                route = copy(entrypoint)
                route.method_name, route.about = name, summary(method)
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
