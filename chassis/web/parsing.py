"""Taking a request in: how much is read, in which form, and what its schemas make of it. All here raise Problem."""

import io
import json
import time
from fnmatch import fnmatch
from functools import partial

import eventlet
from eventlet import Timeout
from marshmallow import ValidationError, fields

from chassis.core.problems import Problem
from chassis.web.budget import Budget

BODY_SECONDS, GRACE_SECONDS, BYTES_A_SECOND = 120, 10, 1024
PIECE, PIECES_AT_ONCE = 64 * 1024, 16
FREE = 64 * 1024  # of each body: who holds all of a budget by pictures keeps nobody from writing
BODIES = Budget(64 * 1024 * 1024, 24 * 1024 * 1024)
VALUES, LEVELS = 10_000, 32
ERRORS, MESSAGES, LETTERS = 20, 5, 300
JSON = "application/json"
GREATEST = 2**63 - 1


def body_of(request, accepted, limit):
    """The bytes of the body: of an accepted type (`image/*` is a pattern), complete, and no more than `limit`."""
    if not has_body(request):
        return b""
    if not _is(accepted, request):
        raise Problem("wrong_content_type")
    expected = request.content_length or 0
    _bounded(expected, limit)
    BODIES.demand(request.asker, expected - FREE)
    return _read(request, limit)


def give_back(request):
    """The body of a request is in memory no longer."""
    BODIES.give_back(request.asker, request.held)


def _bounded(size, limit):
    if size > limit:
        raise Problem("body_too_large")


def _is(accepted, request):
    charset = request.mimetype_params.get("charset", "utf-8")
    return fnmatch(request.mimetype, accepted) and charset.lower() in ("utf-8", "utf8")


def has_body(request):
    """Whether the client sends a body."""
    return bool(request.content_length) or "Transfer-Encoding" in request.headers


def _read(request, limit):
    """All of the body. What a client announces counts for nothing: bytes are counted as they come."""
    body, began = io.BytesIO(), time.monotonic()
    pieces = iter(partial(request.environ["wsgi.input"].read, PIECE), b"")
    try:
        with Timeout(BODY_SECONDS, Problem("too_slow")):
            for number, piece in enumerate(pieces, 1):
                size = body.tell() + len(piece)
                _bounded(size, limit)
                _hold(request, size - FREE)
                body.write(piece)
                _keep_pace(size, time.monotonic() - began)
                if number % PIECES_AT_ONCE == 0:
                    eventlet.sleep()
            return body.getvalue()
    except TimeoutError:
        raise Problem("too_slow") from None
    except OSError:
        raise Problem("broken_body") from None


def _hold(request, size):
    if (more := size - request.held) > 0:
        BODIES.take(request.asker, more)
        request.held = size


def _keep_pace(size, seconds):
    if size < (seconds - GRACE_SECONDS) * BYTES_A_SECOND:
        raise Problem("too_slow")


def loaded(schema, data, otherwise):
    """What a schema makes of data; `otherwise` is the Problem's code when it refuses."""
    try:
        return schema.load(data)
    except ValidationError as error:
        raise Problem(otherwise, _few(error.normalized_messages(), iter(range(ERRORS)))) from None


def _few(errors, turns):
    """As much of nested messages as there are turns: nobody reads more, and a wrong body costs no huge answer."""
    if isinstance(errors, dict):
        return {str(name)[:LETTERS]: _few(errors[name], turns) for name, _ in zip(errors, turns, strict=False)}
    return [str(message)[:LETTERS] for message in errors[:MESSAGES]]


def parsed(raw):
    """The value of a JSON text, {} for none; nothing in it is beyond what UTF-8 and 64 bits can hold.

    It has no more values and levels than any form needs.
    """
    try:
        value = json.loads(raw, parse_constant=_int64, parse_int=_int64) if raw else {}  # int('NaN') raises
        _count([value], VALUES, LEVELS)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Problem("broken_json") from None
    return value


def _count(values, left, levels):
    if len(values) > left or not levels:
        raise ValueError
    if inner := [each for value in values for each in _inside(value)]:
        _count(inner, left - len(values), levels - 1)


def _inside(value):
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _int64(digits):
    if abs(number := int(digits)) > GREATEST:
        raise ValueError
    return number


def query_of(request, schema):
    """The query as a schema sees it: a list where it wants one or where a name was given twice, else one value."""
    lists = {name for name, field in schema.fields.items() if isinstance(field, fields.List)}
    given = request.args.lists()
    return {name: values if name in lists or len(values) > 1 else values[0] for name, values in given}
