"""GET /openapi.json: the OpenAPI 3.1 description of a server's routes, made from the routes themselves."""

import inspect
import json
import re
from functools import cached_property
from http import HTTPStatus

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls
from marshmallow import Schema, fields
from werkzeug.wrappers import Response

from chassis.core import problems
from chassis.schemas import Body

SCHEMES = {
    "token": "登录后取得的访问令牌",
    "fresh": "用刚收到的短信验证码换得的访问令牌，五分钟内有效：POST /v1/me/confirmations，"
    "再 POST /v1/sessions/current/confirmation（身份服务）",
}


class Problem(Schema):
    """RFC 9457 Problem Details, with a stable `code` and a Chinese `detail`."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    code = fields.String()
    detail = fields.String()
    errors = fields.Dict()


class Description:
    """The route /openapi.json itself; `admit` raises Problem for whom it is not meant."""

    url = "/openapi.json"
    named = True

    def __init__(self, container, routes, admit):
        self.name, self.about, self.routes = container.service_name, container.service_cls.__doc__, routes
        self.admit = admit

    def handle_request(self, request):
        """The description as JSON."""
        self.admit(request)
        return Response(self.text, mimetype="application/json")

    @cached_property
    def text(self):
        info = {"description": self.about or ""}
        plugin = MarshmallowPlugin(_named)
        spec = APISpec(self.name, "1", "3.1.0", plugins=[plugin], info=info)
        if plugin.converter:
            plugin.converter.add_attribute_function(_nullable)
        for name, about in SCHEMES.items():
            spec.components.security_scheme(
                name, {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": about}
            )
        for route in sorted(self.routes, key=lambda route: (route.url, route.method)):
            spec.path(route.url, operations={route.method.lower(): _operation(route)})
        return json.dumps(spec.to_dict(), ensure_ascii=False)


def _named(schema):
    """`letters.Receipt`: two modules of a service may each have a Receipt."""
    found = resolve_schema_cls(schema)
    cls = found[0] if isinstance(found, list) else found
    return f"{cls.__module__.rpartition('.')[2]}.{cls.__name__}"


def _nullable(converter, field, ret):
    """In an answer, a field of which there is nothing to say is null."""
    if isinstance(field.root, Body) or not isinstance(field.parent, Schema):
        return {}
    if "$ref" in ret:
        return {"anyOf": [{"$ref": ret.pop("$ref")}, {"type": "null"}]}
    kinds = {"type": [ret["type"], "null"]} if isinstance(ret.get("type"), str) else {}
    return kinds | ({"enum": [*ret["enum"], None]} if "enum" in ret else {})


def _operation(route):
    return {
        "operationId": route.method_name,
        **_about(route),
        "parameters": [*_path(route), *_query(route), *_key(route)],
        **({"requestBody": {"required": True, "content": _taken(route)}} if _taken(route) else {}),
        "responses": {str(route.status): _answer(route)}
        | {str(status): _problem(status) for status in refusals(route)},
        "security": [{"fresh" if route.fresh else "token": []}] if route.needs_token else [],
    }


def _about(route):
    method = getattr(route.container.service_cls, route.method_name)
    summary, _, more = (inspect.getdoc(method) or method.__name__.replace("_", " ")).partition("\n\n")
    return {"summary": " ".join(summary.split())} | ({"description": more} if more else {})


def _path(route):
    names = re.findall(r"{(\w+)}", route.url)
    return [{"in": "path", "name": name, "required": True, "schema": {"type": "string"}} for name in names]


def _query(route):
    return [{"in": "query", "schema": route.query}] if route.query.fields else []


def _key(route):
    schema = {"type": "string", "minLength": 1, "maxLength": 128}
    return [{"in": "header", "name": "Idempotency-Key", "schema": schema}] if route.method == "POST" else []


def _taken(route):
    if route.upload:
        return {route.upload: {"schema": {"type": "string", "format": "binary"}}}
    return {"application/json": {"schema": route.body}} if route.body.fields else {}


def _answer(route):
    given = {route.media: {}} if route.media else {"application/json": {"schema": route.returns}}
    return {"description": "办理成功", **({"content": given} if route.status != 204 else {})}


def refusals(route):
    """Statuses with which a route may say no, except 500, which is never meant."""
    found = {400, 401, 403, 404, 409, 415, 422, 429, 503}
    return sorted(found | ({408, 413} if _taken(route) else set()))


def _problem(status):
    return {"description": HTTPStatus(status).phrase, "content": {problems.CONTENT_TYPE: {"schema": Problem}}}
