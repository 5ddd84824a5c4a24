"""docs/services/NAME.md, a page about one service made from its code, and the index of them."""

from pathlib import Path

from marshmallow import validate

from chassis.bus.on import handlers
from chassis.core.glue import declared
from chassis.core.group import provided, used
from chassis.pages import moves
from chassis.pages.facts import consumers, published, title
from chassis.pages.roles import inside
from chassis.pages.routes import place, public
from chassis.pages.telling import around, everybody
from chassis.pages.text import code, summary, table
from chassis.parts.every import Every
from chassis.service import Service
from chassis.store import Collection
from chassis.web.http import ANYONE, JSON_LIMIT, MB, SIGNED_IN
from chassis.web.limits import EACH_NETWORK, EACH_PERSON, PERIODS
from contracts.sdk.fact import Fact

NAMES = {seconds: name for name, seconds in PERIODS.items()}
RATES = (EACH_PERSON, EACH_NETWORK)
KB, FEW = JSON_LIMIT // 1024, 7
USUAL = f"""Where no limit is named: {EACH_PERSON} of one person, {EACH_NETWORK} of one network if nobody has signed in,
bodies of {KB} KB. ✉: with a code of a moment ago. Bodies and answers in full: `/openapi.json`.
未写明限制的：每人 {EACH_PERSON}，未登录时每个网络 {EACH_NETWORK}，正文 {KB} KB；✉ 须先用刚收到的短信验证码确认。"""
WRITTEN = "Written by `make docs` from the code. 由 `make docs` 生成，请勿手改。"
GROUPS = ["group 组", "what 内容", "uses 使用", "used by 被使用"]
ROUTES = ["route 接口", "what 内容", "who 谁", "query 查询", "body 内容", "limits 限制"]
OUT = ["fact 事实", "名称", "consumers 订阅者"]
IN = ["fact 事实", "名称", "handlers 处理"]
TIMERS = ["method 方法", "what 内容", "seconds 间隔秒数"]
SETTINGS = ["setting 设置", "type 类型", "default 默认值"]
COLLECTIONS = ["collection 集合", "what 内容", "derived by 由事实重建"]


def index(classes):
    """The text of docs/services/README.md."""
    rows = [(f"[{name}]({name}.md)", summary(cls)) for name, cls in classes.items()]
    parts = [["# 服务 · Services", "", WRITTEN, ""], table(["service 服务", "what 内容"], rows)]
    parts.append(["", "## who tells whom 谁告诉谁", "", *everybody(classes)])
    return "\n".join(line for part in parts for line in part) + "\n"


def page(name, classes):
    """The text of docs/services/NAME.md."""
    cls = classes[name]
    head = [f"# {name}", "", summary(cls), "", f"{WRITTEN}{_readme(cls)}", ""]
    parts = {
        "who tells whom 谁告诉谁": around(name, classes),
        "groups 组成": table(GROUPS, _groups(cls)),
        "matters and moves 事情与动作": list(moves.matters(kept(cls))),
        "routes 接口": [USUAL, "", *table(ROUTES, map(_asked, public(cls)))],
        "routes for services 内部接口": inside(cls),
        "facts published 发布的事实": table(OUT, _told(cls, classes)),
        "facts consumed 订阅的事实": table(IN, _heard(cls)),
        "in time 定时": table(TIMERS, _timed(cls)),
        "settings 设置": table(SETTINGS, _settings(cls)),
        "collections 集合": table(COLLECTIONS, _collections(cls)),
    }
    lines = [line for title, part in parts.items() if part for line in (f"## {title}", "", *part, "")]
    return "\n".join(head + lines)


def _readme(cls):
    """A link to the README of a service of this repository."""
    ours = cls.__module__.startswith("services.")
    return f" [README](../../services/{cls.name}/README.md)" if ours else ""


def _groups(cls):
    """The groups that a service adds to those of every service: which others each uses, and is used by."""
    own = sorted(set(cls.composition) - set(Service.composition), key=lambda group: group.__name__)
    for group in own:
        users = [each for each in own if group in used(each)]
        uses, used_by = (code(sorted(each.__name__ for each in found)) for found in (used(group), users))
        yield f"`{group.__name__}`", summary(group), uses, used_by


def kept(cls):
    """The collections that a service declares, by name."""
    found = {each.collection: each for each in provided(cls, Collection).values()}
    return [found[name] for name in sorted(found)]


def _asked(route):
    fresh = "✉ " if route.fresh else ""
    query, body = (", ".join(_named(schema)) for schema in (route.query, route.body))
    return [place(route), fresh + route.about, _who(route), query, route.upload or body, _limits(route)]


def _who(route):
    known = {ANYONE: "anyone 任何人", SIGNED_IN: "signed in 登录者"}
    who = known[route.roles] if isinstance(route.roles, str) else code(route.roles)
    return who + (f"; 代办 `{route.acting}`" if route.acting else "")


def _named(schema):
    """Names of fields, `?` where one may be left out, and the words of a field that takes only a few."""
    for name, field in schema.fields.items():
        words = [word for each in field.validators if isinstance(each, validate.OneOf) for word in each.choices]
        few = f" {'/'.join(map(str, words))}" if 0 < len(words) <= FEW else ""
        yield f"`{name}`" + ("" if field.required else "?") + few


def _limits(route):
    """How often one person or network may ask, and how large a body may be, where it is not the usual."""
    rate = " ".join(f"{count}/{NAMES[bucket.seconds]}" for count, bucket in route.rate.windows)
    size = f"{route.limit / MB:.2g} MB"
    return "; ".join(([] if rate in RATES else [rate]) + ([] if route.limit == JSON_LIMIT else [size]))


def _told(cls, classes):
    heard = consumers(classes)
    return [(f"`{fact.wire()}`", title(fact), ", ".join(heard.get(fact, [])) or "—") for fact in published(cls)]


def _heard(cls):
    found: dict[type[Fact], list[str]] = {}
    for handler in handlers(cls):
        for fact in handler.facts:
            found.setdefault(fact, []).append(handler.method_name)
    ordered = sorted(found, key=lambda fact: fact.wire())
    return [(f"`{fact.wire()}`", title(fact), code(sorted(found[fact]))) for fact in ordered]


def _timed(cls):
    for method, timer in declared(cls, Every):
        yield f"`{timer.method_name}`", summary(method), timer.seconds


def _settings(cls):
    for name, setting in sorted(cls.wanted_settings.items()):
        kind = setting.kind.__name__.lower() + (", secret 保密" if setting.secret else "")
        yield f"`{name}`", kind, "must be given 必填" if setting.required else _shown(setting.default)


def _shown(default):
    """A default as it is on every machine: of a file its name."""
    text = default.name if isinstance(default, Path) else str(default)
    return f"`{text}`" if text else "empty 空"


def _collections(cls):
    for each in kept(cls):
        yield f"`{each.collection}`", summary(type(each)), code(each.derived_by)
