"""docs/roles.md: who may ask what, from the routes themselves."""

from chassis.pages.routes import admits, internal, place, public
from chassis.pages.text import table
from contracts.roles import ROLES

HEAD = """# 谁可以做什么 · Who may do what

Written by `make docs` from the routes of the services. 由 `make docs` 生成，请勿手改。

✓ = the role is let in; whether the matter lies in her own region (own village, own town) is then judged by the service.
✓ 表示该角色可以提出请求；事情是否属于本人所辖区划，由各服务再行判断。
`tests/test_roles.py` asks every route as every role from every kind of region: whoever has no ✓ is refused and changes
nothing. ✉ = besides, a code sent to the caller's phone a moment ago (five minutes): what the route does outlives the
session. ✉ 表示还须先用刚收到的短信验证码确认是本人（五分钟内有效）。
"""
WHO = ["anyone 任何人", "guest 访客", *(chinese for chinese, _ in ROLES.values())]
INSIDE = ["internal route 内部接口", "what 内容", "services that may ask 可调用的服务"]


def page(classes):
    """The text of docs/roles.md."""
    known = table(["role 角色", "中文", "English"], [(f"`{name}`", *words) for name, words in ROLES.items()])
    parts = [line for name, cls in classes.items() for line in _of_service(name, cls)]
    return "\n".join([HEAD, *known, *parts]) + "\n"


def _of_service(name, cls):
    asked = [[place(each), f"✉ {each.about}" if each.fresh else each.about, *_marks(each)] for each in public(cls)]
    return ["", f"## {name}", "", *table(["route 接口", "what 内容", *WHO], asked), "", *inside(cls)]


def inside(cls):
    """The table of routes for other services, and which of them may ask."""
    rows = [[place(each), each.about, ", ".join(each.callers or ["all 全部"])] for each in internal(cls)]
    return table(INSIDE, rows)


def _marks(route):
    return ["✓" if admits(route, role) else "" for role in (None, "", *ROLES)]
