"""HTTP/1.1 requests as bytes (RFC 9112), read strictly: what could be understood in two ways is no request.

Nothing is read without an end. All here raise Problem, after which the connection is of no more use.
"""

import io
import re
from dataclasses import dataclass

from chassis.core.problems import Problem

LINE_BYTES, HEAD_BYTES, FIELDS = 8 * 1024, 32 * 1024, 100
CHUNKS, CHUNK_LINE_BYTES = 32_768, 10

REQUEST = re.compile(rb"(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (/[!-~]*) HTTP/1\.([01])\r\n")
NO_URI = re.compile(rb'[#"<>]|%(?![0-9A-Fa-f]{2})')
HIDDEN = re.compile(rb"\\|%(?:2[Ff]|5[Cc]|[01].|7[Ff])")  # in a path: slashes, backslashes and controls
FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t -~\x80-\xff]*)\r\n")
HOST = re.compile(r"[A-Za-z0-9._~:\[\]-]+")
DIGITS = re.compile(r"[0-9]{1,15}")
CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})\r\n")
ONCE = {"authorization", "content-length", "content-type", "expect", "host", "idempotency-key", "transfer-encoding"}


@dataclass(frozen=True, slots=True)
class Head:
    """What a request says before its body: names of `fields` in small letters, `path` and `query` as they were sent.

    `length` is how many bytes of body follow, None for chunks.
    """

    method: str
    path: str
    query: str
    minor: int
    fields: dict
    length: int | None

    @property
    def last(self):
        """Whether the client asks for nothing more on this connection."""
        return self.minor == 0 or "close" in self.fields.get("connection", "").lower()

    @property
    def expects(self):
        """Whether the body comes only when it is asked for."""
        return "expect" in self.fields


def head_of(readline):
    """The Head that comes next; `readline(size)` gives a line of at most so many bytes."""
    line = readline(LINE_BYTES + 1)
    if len(line) > LINE_BYTES:
        raise Problem("address_too_long")
    method, target, minor = _matched(REQUEST, line)
    path, _, query = target.partition(b"?")
    _demand(not NO_URI.search(target) and not HIDDEN.search(path))
    fields, minor = _fields(readline), int(minor)
    _demand(HOST.fullmatch(fields.get("host", "")) or (minor == 0 and "host" not in fields))
    _demand(fields.get("expect", "100-continue").lower() == "100-continue")
    return Head(method.decode(), path.decode(), query.decode(), minor, fields, _length(fields, minor))


def _fields(readline):
    """Name → value, those of one name joined by commas."""
    found: dict[str, str] = {}
    left = HEAD_BYTES
    for _ in range(FIELDS + 1):
        line = readline(min(left, LINE_BYTES))
        if line == b"\r\n":
            return found
        name, value = _matched(FIELD, line)
        name, value, left = name.decode().lower(), value.strip(b" \t").decode("latin-1"), left - len(line)
        _demand(name not in found or name not in ONCE)
        found[name] = f"{found[name]},{value}" if name in found else value
    raise Problem("bad_request")


def _length(fields, minor):
    written, coding = fields.get("content-length"), fields.get("transfer-encoding")
    if coding is not None:
        _demand(coding == "chunked" and minor == 1 and written is None)
        return None
    _demand(written is None or DIGITS.fullmatch(written))
    return int(written or 0)


def _matched(pattern, line):
    if not (found := pattern.fullmatch(line)):
        raise Problem("bad_request")
    return found.groups()


def _demand(holds):
    if not holds:
        raise Problem("bad_request")


class Body(io.RawIOBase):
    """The body after a Head, read in pieces; `done` once its last byte was taken.

    `invite()` is called before the first byte is read, when the client waits for that. No extensions, no trailers.
    """

    def __init__(self, stream, length, invite=None):
        self.stream, self.invite = stream, invite
        self.left, self.done = length or 0, length == 0
        self.chunks = CHUNKS if length is None else 0

    def readable(self):
        return True

    def readinto(self, buffer):
        """Fill in what is there, at least a byte; 0 at the end."""
        if self.invite and not self.done:
            self.invite()
            self.invite = None
        if not self.left and not self.done:
            self._begin_chunk()
        if self.done:
            return 0
        got = self.stream.readinto1(memoryview(buffer)[: self.left])
        self._whole(got)
        self.left -= got
        if not self.left:
            self._end_piece()
        return got

    def _begin_chunk(self):
        self.chunks -= 1
        found = CHUNK.fullmatch(self.stream.readline(CHUNK_LINE_BYTES))
        self._whole(found and self.chunks)
        self.left = int(found[1], 16) if found else 0
        if not self.left:
            self._end_chunk()
            self.done = True

    def _end_piece(self):
        if self.chunks:
            self._end_chunk()
        else:
            self.done = True

    def _end_chunk(self):
        self._whole(self.stream.read(2) == b"\r\n")

    def _whole(self, holds):
        if not holds:
            raise Problem("broken_body")
