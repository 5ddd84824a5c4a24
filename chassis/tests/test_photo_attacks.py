"""Photos that attack (P13): each is refused, or comes out as pixels alone. Every one is real bytes, made here.

They are redrawn in this process, which is fast; that the child does the same under limits is for test_photos.py.
"""

import io
import struct
import time
import zipfile
import zlib

import pytest
from PIL import Image, PngImagePlugin

from chassis.photos import FORMATS, PARTS, PIXELS, PhotoTooLarge, PhotoUnreadable, redraw, require_light
from chassis.testing.pictures import CAMERA, picture

pytestmark = pytest.mark.feature("P13")
SECRET = b"secret-of-the-camera"
JPEG, PNG, HEIC, WEBP = "image/jpeg", "image/png", "image/heic", "image/webp"
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:GPSLatitude>30,25N</exif:GPSLatitude>' + SECRET + b"</x:xmpmeta>"
PIXELS_ONLY = {0xD8, 0xE0, 0xDB, 0xC0, 0xC4, 0xDA}  # start, JFIF, tables, frame, Huffman tables, scan


def archive(name="META-INF/MANIFEST.MF", comment=b""):
    """A real ZIP, as a JAR is one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(name, "Main-Class: Evil")
        file.comment = comment
    return out.getvalue()


def segment(marker, content):
    """A JPEG segment."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def with_segment(marker, content, raw=None):
    """A JPEG with one more segment right after its start."""
    raw = raw or picture()
    return raw[:2] + segment(marker, content) + raw[2:]


def chunk(kind, content):
    """A PNG chunk."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width=8, height=8, *chunks, data=None):
    """A PNG, one bit per pixel, that says it is so large; `chunks` come before its data."""
    rows = zlib.compress(bytes((width + 7) // 8 + 1) * height if data is None else data, 9)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def drawn(kind, **options):
    """A picture in which every place for metadata that its format has is filled."""
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = SECRET.decode()
    filled = {"exif": exif.tobytes(), "icc_profile": bytes(128) + SECRET, "xmp": XMP}
    Image.new("RGB", (64, 48), "green").save(out, kind, **filled | options)
    return out.getvalue()


def commented_png():
    words = PngImagePlugin.PngInfo()
    words.add_text("Comment", SECRET.decode())
    words.add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=True)
    return drawn("PNG", pnginfo=words)


def animated():
    frames = [Image.new("RGB", (64, 48), color) for color in ("red", "green", "blue")] * 20
    return drawn("WEBP", save_all=True, append_images=frames, duration=1)


def long_profile():
    """A JPEG whose profile fills 255 segments, 16 MB."""
    part = bytes(65_000)
    parts = (segment(0xE2, b"ICC_PROFILE\0" + bytes([n, 255]) + part) for n in range(1, 256))
    raw = picture()
    return raw[:2] + b"".join(parts) + raw[2:]


REFUSED = {
    "JPEG that is a JAR": (picture() + archive(), JPEG),
    "JPEG that is a ZIP with a long comment": (picture() + archive(comment=b"x" * 65_535), JPEG),
    "PNG that is a ZIP": (png() + archive("a.txt"), PNG),
    "HEIC that is a ZIP": (picture("HEIF") + archive(), HEIC),
    "WebP that is a ZIP": (picture("WEBP") + archive(), WEBP),
    "GIF that is a JAR (GIFAR)": (picture("GIF") + archive(), JPEG),
    "JPEG with a page in its comment": (with_segment(0xFE, b"<!DOCTYPE html><script>x()</script>"), JPEG),
    "PNG with a program in a chunk": (png(8, 8, chunk(b"tEXt", b"c\0<?php system($_GET[0]); ?>")), PNG),
    "JPEG that is a PDF": (with_segment(0xFE, b"%PDF-1.7 1 0 obj"), JPEG),
    "page that begins like a JPEG": (b"\xff\xd8\xff<html><script>x()</script>", JPEG),
    "PNG said to be a JPEG": (png(), JPEG),
    "JPEG said to be a HEIC": (picture(), HEIC),
    "PNG of a thousand million pixels": (png(40_000, 25_000, data=bytes(5001) * 8), PNG),
    "PNG of more pixels than are allowed": (png(8_000, PIXELS["PNG"] // 8_000 + 1), PNG),
    "PNG whose text unpacks to 200 MB": (
        png(8, 8, chunk(b"zTXt", b"c\0\0" + zlib.compress(bytes(200 << 20), 9))),
        PNG,
    ),
    "PNG without its pixels": (png(8, 8, data=b""), PNG),
    "JPEG that ends in the middle": (picture()[:-200], JPEG),
    "HEIC that ends in the middle": (picture("HEIF")[:-200], HEIC),
}
CLEAN = {
    "JPEG full of metadata": (with_segment(0xFE, SECRET, drawn("JPEG")), JPEG),
    "PNG full of metadata": (commented_png(), PNG),
    "HEIC full of metadata": (drawn("HEIF"), HEIC),
    "WebP full of metadata": (drawn("WEBP"), WEBP),
    "PNG with text after its end": (png() + SECRET, PNG),
    "WebP that moves": (animated(), WEBP),
    "JPEG with a profile of 16 MB": (long_profile(), JPEG),
    "JPEG with segments that nobody knows": (
        with_segment(0xEF, SECRET, with_segment(0xED, b"Photoshop 3.0\0" + SECRET)),
        JPEG,
    ),
}


@pytest.mark.parametrize(("raw", "mime"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_more_or_less_than_a_photo_is_refused(raw, mime):
    with pytest.raises((ValueError, OSError, SyntaxError, Image.DecompressionBombError)):
        redraw(raw, mime)


@pytest.mark.parametrize(("raw", "mime"), CLEAN.values(), ids=CLEAN)
def test_what_comes_out_is_pixels_and_nothing_else(raw, mime):
    jpeg = redraw(raw, mime)
    assert set(markers(jpeg)) <= PIXELS_ONLY
    assert not [secret for secret in (SECRET, CAMERA.encode(), b"ICC_PROFILE", b"adobe", b"Exif") if secret in jpeg]
    picture = Image.open(io.BytesIO(jpeg))
    assert (picture.format, getattr(picture, "n_frames", 1)) == ("JPEG", 1)


def test_every_format_that_is_taken_has_had_its_metadata_tried():
    assert {mime for raw, mime in CLEAN.values() if SECRET in raw} >= FORMATS.keys() - {"image/heif"}


def markers(jpeg):
    """The markers of a JPEG up to its pixels, which end the file."""
    at = 2
    yield jpeg[1]
    while jpeg[at + 1] != 0xDA:
        yield jpeg[at + 1]
        at += 2 + struct.unpack(">H", jpeg[at + 2 : at + 4])[0]
    assert jpeg.endswith(b"\xff\xd9")
    assert jpeg.index(b"\xff\xd9", at) == len(jpeg) - 2


# refused by what their headers say, before a child is started


def progressive(scans, edge=7_990):
    """A JPEG whose last scan is repeated until there are so many; the worst that a few hundred KB can be."""
    out = io.BytesIO()
    Image.new("RGB", (edge, edge)).save(out, "JPEG", progressive=True)
    raw = out.getvalue()
    return raw[:-2] + raw[raw.rindex(b"\xff\xda") : -2] * (scans - raw.count(b"\xff\xda")) + raw[-2:]


def box(kind, *content):
    """A box of an HEIC."""
    return struct.pack(">I", 8 + sum(map(len, content))) + kind + b"".join(content)


def heic(width, height, tiles):
    """The headers of an HEIC of so many tiles, the largest picture in it so large."""
    size = box(b"ispe", bytes(4), struct.pack(">II", width, height))
    grid = box(b"dimg", struct.pack(">HH", 1, tiles), bytes(2 * tiles))
    return box(b"ftyp", b"heic", bytes(4)) + box(
        b"meta", bytes(4), box(b"iprp", box(b"ipco", size)), box(b"iref", bytes(4), grid)
    )


def webp(kind, content):
    """The headers of a WebP."""
    return b"RIFF" + struct.pack("<I", len(content) + 12) + b"WEBP" + kind + struct.pack("<I", len(content)) + content


HEAVY = {
    "JPEG of a thousand scans": (progressive(1_000), JPEG, PhotoUnreadable),
    "JPEG of one scan too many": (progressive(PARTS["JPEG"] + 1, 64), JPEG, PhotoUnreadable),
    "JPEG of segments without end": (b"\xff\xd8" + b"\xff\xfe\0\2" * 10_000, JPEG, PhotoUnreadable),
    "JPEG that says it is huge": (
        b"\xff\xd8" + segment(0xC2, struct.pack(">BHHB", 8, 65_500, 65_500, 3)), JPEG, PhotoTooLarge
    ),
    "JPEG without a frame": (b"\xff\xd8\xff\xda\0\2\xff\xd9", JPEG, PhotoUnreadable),
    "PNG that says it is huge": (png(2**31 - 1, 2**31 - 1, data=b""), PNG, PhotoTooLarge),
    "HEIC that says it is huge": (heic(8_000, 8_000, 0), HEIC, PhotoTooLarge),
    "HEIC of a thousand tiles and one": (heic(512, 512, 1_001), HEIC, PhotoUnreadable),
    "HEIC of boxes without end": (heic(1, 1, 1) + box(b"free") * 10_000, HEIC, PhotoUnreadable),
    "HEIC of boxes that end before they begin": (box(b"ftyp", b"heic") + b"\0\0\0\1meta", HEIC, PhotoUnreadable),
    "HEIC without a size": (box(b"ftyp", b"heic"), HEIC, PhotoUnreadable),
    "WebP that says it is huge": (webp(b"VP8X", bytes(4) + b"\xff" * 6), WEBP, PhotoTooLarge),
    "WebP without loss that says so": (webp(b"VP8L", b"\x2f\xff\xff\xff\x0f"), WEBP, PhotoTooLarge),
    "WebP that ends at once": (webp(b"VP8 ", b""), WEBP, PhotoUnreadable),
}  # fmt: skip


@pytest.mark.parametrize(("raw", "mime", "refusal"), HEAVY.values(), ids=HEAVY)
def test_what_would_take_long_is_refused_in_milliseconds(raw, mime, refusal):
    began = time.process_time()
    with pytest.raises(refusal):
        require_light(raw, mime)
    assert time.process_time() - began < 0.05


HONEST = {
    "JPEG of 64 million pixels": (b"\xff\xd8" + segment(0xC0, struct.pack(">BHHB", 8, 8_000, 8_000, 3)), JPEG),
    "progressive JPEG": (progressive(10, 4_000), JPEG),
    "JPEG with a film after its end": (picture() + b"\xff\xda" * 1_000, JPEG),
    "HEIC of a phone with 48 million pixels": (heic(8_064, 6_048, 192), HEIC),
    "WebP": (picture("WEBP"), WEBP),
    "WebP without loss": (picture("WEBP", lossless=True), WEBP),
    "HEIC": (picture("HEIF"), HEIC),
    "PNG": (picture("PNG"), PNG),
}


@pytest.mark.parametrize(("raw", "mime"), HONEST.values(), ids=HONEST)
def test_what_phones_make_is_not_too_much(raw, mime):
    require_light(raw, mime)
