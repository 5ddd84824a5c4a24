"""Taking a request in: how much is read, in which form, and what its schemas make of it. All here raise Problem."""

import json
from fnmatch import fnmatch

from eventlet import Timeout
from marshmallow import ValidationError, fields

from chassis.problems import Problem

BODY_SECONDS = 120
JSON = "application/json"
GREATEST = 2**63 - 1


def body_of(request, accepted, limit):
    """The bytes of the body: of an accepted type (`image/*` is a pattern), complete, and no more than `limit`."""
    if request.headers.get("Transfer-Encoding", "chunked").lower() != "chunked":
        raise Problem("bad_request")
    if has_body(request) and not _is(accepted, request):
        raise Problem("wrong_content_type")
    expected = request.content_length or 0
    raw = b"" if expected > limit else _read(request.environ["wsgi.input"], limit + 1)
    if max(expected, len(raw)) > limit:
        raise Problem("body_too_large")
    if len(raw) < expected:
        raise Problem("broken_body")
    request.environ["chassis.read"] = True
    return raw


def _is(accepted, request):
    charset = request.mimetype_params.get("charset", "utf-8")
    return fnmatch(request.mimetype, accepted) and charset.lower() in ("utf-8", "utf8")


def has_body(request):
    """Whether the client sends a body."""
    return bool(request.content_length) or "Transfer-Encoding" in request.headers


def _read(stream, size):
    try:
        with Timeout(BODY_SECONDS, Problem("too_slow")):
            return stream.read(size)
    except TimeoutError:
        raise Problem("too_slow") from None
    except (OSError, ValueError):
        raise Problem("broken_body") from None


def loaded(schema, data, otherwise):
    """What a schema makes of data; `otherwise` is the Problem's code when it refuses."""
    try:
        return schema.load(data)
    except ValidationError as error:
        raise Problem(otherwise, error.normalized_messages()) from None


def parsed(raw):
    """The value of a JSON text, {} for none; nothing in it is beyond what UTF-8 and 64 bits can hold."""
    try:
        value = json.loads(raw, parse_constant=_int64, parse_int=_int64) if raw else {}  # int('NaN') raises
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Problem("broken_json") from None
    return value


def _int64(digits):
    if abs(number := int(digits)) > GREATEST:
        raise ValueError
    return number


def query_of(request, schema):
    """The query as a schema sees it: a list where it wants one or where a name was given twice, else one value."""
    lists = {name for name, field in schema.fields.items() if isinstance(field, fields.List)}
    given = request.args.lists()
    return {name: values if name in lists or len(values) > 1 else values[0] for name, values in given}
