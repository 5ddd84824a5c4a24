"""Who may ask what, from the routes themselves: `python -m chassis.roles` writes docs/roles.md."""

import inspect
from copy import copy
from pathlib import Path

from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR

from chassis.service import service_class
from chassis.web.http import ANYONE, SIGNED_IN, Http, Internal
from contracts.readers import services
from contracts.roles import ROLES

DOCUMENT = Path(__file__).parents[1] / "docs" / "roles.md"
TITLE = """# 谁可以做什么 · Who may do what

Written by `make contracts` from the routes of the services. 由 `make contracts` 生成，请勿手改。

✓ = the role is let in; whether the matter lies in her own region (own village, own town) is then judged by the service.
✓ 表示该角色可以提出请求；事情是否属于本人所辖区划，由各服务再行判断。
`tests/test_roles.py` asks every route as every role from every kind of region: whoever has no ✓ is refused and changes
nothing. ✉ = besides, a code sent to the caller's phone a moment ago (five minutes): what the route does outlives the
session. ✉ 表示还须先用刚收到的短信验证码确认是本人（五分钟内有效）。

| role 角色 | 中文 | English |
|---|---|---|"""
INSIDE = "| internal route 内部接口 | what 内容 | services that may ask 可调用的服务 |\n|---|---|---|"


def routes(cls):
    """The routes a Service subclass declares, outside a container: copies with `method_name` and `about`, in order."""
    found = []
    for name, method in inspect.getmembers(cls, inspect.isfunction):
        for entrypoint in getattr(method, ENTRYPOINT_EXTENSIONS_ATTR, ()):
            if isinstance(entrypoint, Http):
                route = copy(entrypoint)
                route.method_name, route.about = name, _first_line(method)
                found.append(route)
    return sorted(found, key=lambda route: (route.url, route.method))


def admits(route, role):
    """Whether a route lets a role in; None: nobody signed in, "": somebody without any role (a guest)."""
    if route.roles == ANYONE:
        return True
    return role is not None and (route.roles == SIGNED_IN or role in route.roles)


def document():
    """The text of docs/roles.md."""
    roles = [f"| `{name}` | {chinese} | {english} |" for name, (chinese, english) in ROLES.items()]
    parts = [part for name in services() for part in _of_service(name)]
    return "\n".join([TITLE, *roles, *parts]) + "\n"


def _of_service(name):
    found = routes(service_class(f"services.{name}"))
    public = [route for route in found if not isinstance(route, Internal)]
    inside = [route for route in found if isinstance(route, Internal)]
    heads = ["route 接口", "what 内容", "anyone 任何人", "guest 访客", *(chinese for chinese, _ in ROLES.values())]
    yield f"\n## {name}\n\n{_row(heads)}\n{_row(['---'] * len(heads))}"
    yield from (_row([_place(r), f"✉ {r.about}" if r.fresh else r.about, *_marks(r)]) for r in public)
    yield f"\n{INSIDE}"
    yield from (_row([_place(r), r.about, ", ".join(r.callers or ["all 全部"])]) for r in inside)


def _marks(route):
    return ["✓" if admits(route, role) else "" for role in (None, "", *ROLES)]


def _place(route):
    return f"`{route.method} {route.url}`"


def _row(cells):
    return f"| {' | '.join(cells)} |"


def _first_line(method):
    return (method.__doc__ or method.__name__.replace("_", " ")).strip().partition("\n")[0]


if __name__ == "__main__":
    DOCUMENT.write_text(document(), "utf-8")
