"""The discipline office's mailbox, by POP3 over TLS, and e-mails taken apart: `python -m services.petition.mail` has
one on its stdin and JSON `{"author", "subject", "text", "photos": [{"type", "data"}]}` (base64) on its stdout.

What cannot be carried whole (another kind of attachment, something encrypted) is not taken apart at all.
"""

import html
import json
import poplib
import re
import ssl
import sys
from base64 import b64decode, b64encode
from contextlib import contextmanager
from email import message_from_bytes
from email.header import decode_header
from operator import itemgetter
from urllib.parse import unquote, urlsplit

from chassis.photos import FORMATS, child
from services.petition.domain.refusals import MailUnreadable

SECONDS, LARGEST = 30, 12 << 20
PARTS, PHOTOS = 50, 10
MARKS, OPENS = re.compile(r"(<!--|-->|<[^<>]*+>)"), re.compile(r"<!--|</?\w*|-->")
HIDES = {"<!--": "-->", "<script": "</script", "<style": "</style"}
CHARSETS = {"gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "big5": "big5", "iso-8859-1": "latin-1"}
OK, BAD = 0, 65
SAMPLE = b"From: =?utf-8?B?eA==?=\r\nSubject: =?utf-8?Q?x?=\r\nContent-Transfer-Encoding: base64\r\n\r\neA=="
"""Makes the libraries load all they need before no file can be opened any more."""


class Mailbox:
    """An open mailbox; its server lets nobody else in meanwhile. What is deleted is gone when it is closed in peace."""

    def __init__(self, pop):
        self.pop = pop

    def waiting(self):
        """(number, size, lasting id) of each message, small ones first."""
        sizes = dict(line.split() for line in self.pop.list()[1])
        ids = [line.split(maxsplit=1) for line in self.pop.uidl()[1]]
        found = [(int(number), int(sizes[number]), uid.decode("ascii", "replace")) for number, uid in ids]
        return sorted(found, key=itemgetter(1))

    def fetch(self, number, size):
        """The bytes of a message, none of one that is too large; raises poplib.error_proto when a line has no end."""
        return b"\r\n".join(self.pop.retr(number)[1]) if size <= LARGEST else b""

    def delete(self, number):
        """Let it go."""
        self.pop.dele(number)


@contextmanager
def opened(uri):
    """The Mailbox at `pops://host:port/region`, with user and password; raises OSError, poplib.error_proto."""
    place = urlsplit(uri)
    context = ssl.create_default_context()
    pop = poplib.POP3_SSL(place.hostname, place.port or poplib.POP3_SSL_PORT, timeout=SECONDS, context=context)
    try:
        pop.user(unquote(place.username))
        pop.pass_(unquote(place.password))
        yield Mailbox(pop)
        pop.quit()
    finally:
        pop.close()


def place_of(uri):
    """The region whose office the mailbox belongs to."""
    return urlsplit(uri).path.strip("/")


def read(raw):
    """Author, text under its subject, and photos as (type, bytes), by a child process; raises MailUnreadable."""
    code, made = child.run(__name__, raw)
    if code != OK:
        raise MailUnreadable()
    said = json.loads(made)
    photos = [(photo["type"], b64decode(photo["data"])) for photo in said["photos"]]
    return said["author"], f"{said['subject']}\n\n{said['text']}", photos


def taken_apart(raw):
    """The same in this process; raises whatever hostile input makes the parsers raise."""
    mail = message_from_bytes(raw)
    parts = [part for part in mail.walk() if not part.is_multipart()]
    if len(parts) > PARTS:
        raise ValueError("too many parts")
    texts = [part for part in parts if part.get_content_maintype() == "text" and not part.get_filename()]
    photos = [part for part in parts if part.get_content_type() in FORMATS]
    if len(texts) + len(photos) < len(parts) or len(photos) > PHOTOS or not mail["From"]:
        raise ValueError("cannot be carried whole")
    return {
        "author": _words(mail["From"]),
        "subject": _words(mail["Subject"]),
        "text": _text(texts),
        "photos": [{"type": photo.get_content_type(), "data": _content(photo)} for photo in photos],
    }


def _text(parts):
    """What is written, of a page only when nothing was written plainly."""
    plain = [_decoded(part) for part in parts if part.get_content_type() == "text/plain"]
    pages = [words for part in parts if part.get_content_type() != "text/plain" for words in _shown(_decoded(part))]
    return "\n".join(filter(str.strip, plain)) or "\n".join(filter(None, pages))


def _decoded(part):
    return _clear(part.get_payload(decode=True), part.get_content_charset())


def _words(header):
    """A header's text, its encoded words decoded."""
    found = decode_header(str(header or ""))
    return "".join(_clear(said, charset) if isinstance(said, bytes) else said for said, charset in found).strip()


def _clear(raw, charset):
    """Text in one of the charsets in use here, as UTF-8 if none is known; what is wrong in it is shown as such."""
    return raw.decode(CHARSETS.get(str(charset).lower(), "utf-8"), "replace")


def _content(photo):
    return b64encode(photo.get_payload(decode=True)).decode()


def _shown(page):
    """The words of an HTML page, piece by piece: read once from end to end, whatever it is."""
    hidden_until = None
    for number, piece in enumerate(MARKS.split(page)):
        if hidden_until:
            hidden_until = None if hidden_until in piece.lower() else hidden_until
        elif number % 2:
            hidden_until = HIDES.get(OPENS.match(piece)[0].lower())
        else:
            yield html.unescape(piece).strip()


def main():
    taken_apart(SAMPLE)
    for charset in (*CHARSETS.values(), "raw-unicode-escape"):
        b"x".decode(charset)
    child.confine()
    try:
        sys.stdout.write(json.dumps(taken_apart(sys.stdin.buffer.read())))
        sys.stdout.flush()
    except Exception:
        return BAD
    return OK


if __name__ == "__main__":
    sys.exit(main())
