"""Groups: a service is composed of objects that each declare what they use.

    class Reading(Group):
        petitions = Petitions()
        access = Uses(Access)

        @http("GET", "/v1/petitions/{id}", returns=Letter)
        def show(self, call, id): ...

    class PetitionService(Service):
        groups = (Reading, Writing)

A group has what stands in its body and nothing else: dependencies of Nameko, `settings` (name → Setting), and other
groups. Dependencies of the same name are shared, and must be declared alike.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from inspect import getmembers, isfunction
from typing import Any, Generic, TypeVar, overload

from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR, DependencyProvider

from chassis.domain import now

G = TypeVar("G", bound="Group")
D = TypeVar("D", bound=DependencyProvider)


class Group:
    """Routes, handlers and timers that belong together, made once per request and service object."""

    settings: dict[str, Any] = {}
    now = staticmethod(now)
    _dependencies: tuple[str, ...] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._dependencies = tuple(provided(cls, DependencyProvider))

    def __init__(self, service: Any) -> None:
        self._service, self.now = service, service.now
        for name in self._dependencies:
            setattr(self, name, getattr(service, name))
        if self.settings:
            self.settings = {name: service.settings[name] for name in self.settings}


class Uses(Generic[G]):
    """Another group of the same service, as an attribute of the group that uses it."""

    def __init__(self, group: type[G]) -> None:
        self.group = group

    @overload
    def __get__(self, owner: None, cls: type) -> "Uses[G]": ...
    @overload
    def __get__(self, owner: Group, cls: type) -> G: ...
    def __get__(self, owner: Group | None, cls: type) -> "Uses[G] | G":
        return self if owner is None else owner._service.part(self.group)


def provided(cls: type, kind: type[D]) -> dict[str, D]:
    """The dependencies of a kind that a class declares, by name."""
    return dict(getmembers(cls, lambda each: isinstance(each, kind)))


def used(group: type[Group]) -> list[type[Group]]:
    """The groups that a group uses itself."""
    return [each.group for _, each in getmembers(group, lambda each: isinstance(each, Uses))]


def composed(groups: Iterable[type[Group]]) -> list[type[Group]]:
    """Groups and all they use, each after those that it uses; raises TypeError on a circle."""
    done: list[type[Group]] = []
    for group in groups:
        _add(group, done, ())
    return done


def _add(group: type[Group], done: list[type[Group]], way: tuple[type[Group], ...]) -> None:
    if group in way:
        raise TypeError("groups use each other in a circle: " + " → ".join(each.__name__ for each in (*way, group)))
    if group not in done:
        for each in used(group):
            _add(each, done, (*way, group))
        done.append(group)


def hoist(group: type[Group], cls: type) -> None:
    """Give a service class the dependencies and entrypoints of a group, where Nameko looks for them."""
    for name, dependency in provided(group, DependencyProvider).items():
        known = getattr(cls, name, None)
        if known is not None and _declared(known) != _declared(dependency):
            raise TypeError(f"{group.__name__}.{name} is declared in two ways in {cls.__name__}")
        setattr(cls, name, dependency)
    for name, method in getmembers(group, isfunction):
        if hasattr(method, ENTRYPOINT_EXTENSIONS_ATTR):
            if hasattr(cls, name):
                raise TypeError(f"{group.__name__}.{name} stands twice in {cls.__name__}")
            setattr(cls, name, _delegate(group, method))


def holder(service: Any, name: str) -> Any:
    """The object that has a method which a service class was given: one of its groups, or the service itself."""
    group = getattr(getattr(type(service), name), "group", None)
    return service.part(group) if group else service


def _declared(dependency: object) -> tuple[type, object]:
    return type(dependency), getattr(dependency, "_Extension__params", None)


def _delegate(group: type[Group], method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def delegate(self: Any, *args: Any, **kwargs: Any) -> Any:
        return method(self.part(group), *args, **kwargs)

    vars(delegate)["group"] = group
    return delegate
