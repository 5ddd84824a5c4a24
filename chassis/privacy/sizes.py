"""How much work a picture is, from its own headers, before any decoder sees it: nothing is unpacked here.

`of` is called with bytes as they came: it reads each header once, and gives up after HEADERS of them.
"""

import re
from struct import error, unpack_from

HEADERS = 2_000
MARKS = {
    "JPEG": (0, b"\xff\xd8"),
    "PNG": (0, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
    "WEBP": (8, b"WEBP"),
    "HEIF": (4, b"ftyp"),
}
MARKER = re.compile(rb"\xff[\x02-\xcf\xd9-\xfe]")  # in a scan FF stands before 00 or a restart only
SCAN, END = 0xDA, 0xD9
FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
CONTAINERS = {b"meta": 12, b"iprp": 8, b"ipco": 8, b"iref": 12}  # with the length of their own heads


def of(raw, format):
    """(pixels, parts): the largest picture in it, and how many scans (JPEG) or tiles (HEIF) it is made of.

    Raises ValueError when it is none of that format.
    """
    at, mark = MARKS[format]
    if raw[at : at + len(mark)] != mark:
        raise ValueError("no such picture")
    try:
        return READERS[format](raw)
    except (error, LookupError):
        raise ValueError("cut off") from None


def jpeg(raw):
    """The largest frame, and all scans."""
    pixels, scans = 0, 0
    for kind, at in first(HEADERS, segments(raw)):
        if kind in FRAMES:
            height, width = unpack_from(">HH", raw, at + 3)
            pixels = max(pixels, width * height)
        scans += kind == SCAN
    return pixels, scans


def segments(raw):
    """(marker, where its length stands) of each segment up to the end of the picture."""
    at = 2
    while (found := MARKER.search(raw, at)) and found[0][1] != END:
        at = found.end()
        yield found[0][1], at
        at += unpack_from(">H", raw, at)[0]


def png(raw):
    """Its first chunk says it."""
    width, height = unpack_from(">II", raw, 16)
    return width * height, 1


def webp(raw):
    """Of the canvas, or of the one picture that there is."""
    kind = raw[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(raw[at : at + 3], "little") + 1 for at in (24, 27))
    elif kind == b"VP8L":
        (bits,) = unpack_from("<I", raw, 21)
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        width, height = (each & 0x3FFF for each in unpack_from("<HH", raw, 26))
    return width * height, 1


def heif(raw):
    """The largest of its pictures, tiles among them; what `dimg` names are the tiles of a grid."""
    pixels, tiles = 0, 0
    for kind, at, end in first(HEADERS, boxes(raw, 0, len(raw))):
        if kind == b"ispe":
            width, height = unpack_from(">II", raw, at + 12)
            pixels = max(pixels, width * height)
        tiles += (end - at - 12) // 2 if kind == b"dimg" else 0
    return pixels, tiles


def boxes(raw, at, end):
    """(kind, begin, end) of each box, and of those in it that lead to sizes and tiles."""
    while at + 8 <= end:
        size, kind = unpack_from(">I4s", raw, at)
        size = unpack_from(">Q", raw, at + 8)[0] if size == 1 else size or end - at
        yield kind, at, min(at + max(size, 8), end)
        if kind in CONTAINERS:
            yield from boxes(raw, at + CONTAINERS[kind], min(at + size, end))
        at += max(size, 8)


def first(most, found):
    """What is found. Raises ValueError when it is more than `most`."""
    for number, each in enumerate(found):
        if number == most:
            raise ValueError("headers without end")
        yield each


READERS = {"JPEG": jpeg, "PNG": png, "WEBP": webp, "HEIF": heif}
