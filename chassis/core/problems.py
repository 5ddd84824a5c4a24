"""Every way a request can fail: RFC 9457 `application/problem+json` with a stable code and a Chinese sentence.

A service raises its domain's refusals; all else here is the chassis's own. What is not known is `internal_error`,
logged by class and place, its text shown to nobody.
"""

import json
import math
from functools import singledispatch
from http import HTTPStatus

import structlog
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.wrappers import Response

from chassis.domain import Refusal

CONTENT_TYPE = "application/problem+json"
BEARER = {"WWW-Authenticate": "Bearer"}
SOON = {"Retry-After": "2"}
STEP_UP = {"WWW-Authenticate": 'Bearer error="insufficient_user_authentication", max_age=300'}  # RFC 9470

CODES = {
    "bad_request": (400, "请求无法识别"),
    "broken_json": (400, "提交的内容不是有效的 JSON"),
    "broken_body": (400, "提交的内容没有收完整，请重新提交"),
    "bad_idempotency_key": (400, "Idempotency-Key 应为 1 到 128 个可见的英文字符"),
    "invalid_query": (400, "查询条件有误"),
    "not_signed_in": (401, "请先登录"),
    "token_expired": (401, "登录已过期，请重新登录"),
    "token_invalid": (401, "登录凭证无效，请重新登录"),
    "not_allowed": (403, "您没有办理这件事的权限"),
    "fresh_code_needed": (403, "为了您的账号安全，请先获取短信验证码确认是您本人，再办理这件事"),
    "not_found": (404, "没有这个地址"),
    "method_not_allowed": (405, "这个地址不支持这种操作"),
    "too_slow": (408, "提交的内容传输太慢，请重新提交"),
    "busy": (409, "同时办理的人较多，请再试一次"),
    "already_exists": (409, "已经有相同的记录"),
    "request_in_progress": (409, "同样的请求正在办理，请稍后再看"),
    "body_too_large": (413, "提交的内容太大"),
    "address_too_long": (414, "网址太长，请检查后重试"),
    "wrong_content_type": (415, "不支持这种格式的内容"),
    "invalid_body": (422, "提交的内容有误，请检查后重新提交"),
    "idempotency_key_reused": (422, "这个 Idempotency-Key 已经用于别的内容"),
    "too_many_requests": (429, "操作太频繁，请稍后再试"),
    "upload_in_progress": (429, "您上一个文件还在处理，请等几秒再传这一个"),
    "internal_error": (500, "系统出了问题，请稍后再试"),
    "too_many_uploads": (503, "现在上传的人太多，请过一会儿再传一次"),
    "unavailable": (503, "系统暂时不可用，请稍后再试"),
    "crowded": (503, "现在上传的内容较多，请过一会儿再试"),
}

log = structlog.get_logger()


class Problem(Exception):
    """One of CODES, to be answered as it is. `errors` maps fields to Chinese sentences."""

    def __init__(self, code, errors=None, headers=None):
        super().__init__(code)
        self.code, self.errors, self.headers = code, errors, headers or {}
        self.status, self.detail = CODES[code]


def too_many(wait):
    """The Problem of who asked too often and may again in so many seconds."""
    return Problem("too_many_requests", headers={"Retry-After": str(math.ceil(wait))})


@singledispatch
def problem(error):
    """The Problem (or Refusal) that an exception is answered with."""
    log.error("request_failed", exc_info=error)
    return Problem("internal_error")


@problem.register(Problem)
@problem.register(Refusal)
def _(error):
    return error


@problem.register
def _(error: NotFound):
    return Problem("not_found")


@problem.register
def _(error: MethodNotAllowed):
    return Problem("method_not_allowed", headers={"Allow": ", ".join(sorted(error.valid_methods or ()))})


def answer(error):
    """The response for any exception."""
    found = problem(error)
    refused = isinstance(found, Refusal)
    body = {
        "type": "about:blank",
        "title": HTTPStatus(found.status).phrase,
        "status": found.status,
        "code": found.code() if refused else found.code,
        "detail": found.sentence() if refused else found.detail,
    }
    if errors := found.details if refused else found.errors:
        body["errors"] = errors
    text = json.dumps(body, ensure_ascii=False, default=str)
    return Response(text, found.status, {} if refused else found.headers, content_type=CONTENT_TYPE)
