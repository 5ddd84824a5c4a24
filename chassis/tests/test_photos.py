"""Photos go through a child process and come out as plain JPEGs."""

import io
import signal
import subprocess
import sys
import zlib

import pytest
from PIL import Image

from chassis.photos import EDGE, PhotoTooLarge, PhotoUnreadable, reencode
from chassis.privacy import child
from chassis.privacy.child import in_memory
from chassis.testing.pictures import CAMERA, picture

pytestmark = pytest.mark.feature("P13")
KINDS = [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("HEIF", "image/heic"), ("WEBP", "image/webp")]


def opened(jpeg):
    return Image.open(io.BytesIO(jpeg))


def bomb(width, height):
    """A small PNG that says it is huge."""
    out = io.BytesIO()
    Image.new("1", (width, height)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(("kind", "mime"), KINDS)
def test_gps_goes_in_and_none_comes_out(kind, mime):
    raw = picture(kind)
    assert CAMERA.encode() in raw
    jpeg = reencode(raw, mime)
    assert (opened(jpeg).format, dict(opened(jpeg).getexif())) == ("JPEG", {})
    assert CAMERA.encode() not in jpeg
    assert opened(jpeg).info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_comment_does_not_come_out():
    assert b"secret" not in reencode(picture(comment=b"secret"), "image/jpeg")


def test_it_is_turned_upright_and_made_smaller():
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    Image.new("RGB", (4000, 1000)).save(out, "JPEG", exif=exif)
    assert opened(reencode(out.getvalue(), "image/jpeg")).size == (EDGE // 4, EDGE)


@pytest.mark.parametrize(("kind", "mime"), KINDS)
def test_a_picture_of_another_type_than_it_says_is_refused(kind, mime):
    other = next(said for _, said in KINDS if said != mime)
    with pytest.raises(PhotoUnreadable):
        reencode(picture(kind), other)


@pytest.mark.parametrize(
    "tail", [b"PK\x05\x06" + bytes(18), b"<SCRIPT>alert(1)</SCRIPT>", b"<?php phpinfo();"], ids=["zip", "page", "php"]
)
def test_a_polyglot_is_refused(tail):
    with pytest.raises(PhotoUnreadable):
        reencode(picture() + tail, "image/jpeg")


@pytest.mark.parametrize(
    ("raw", "mime"),
    [
        (b"", "image/jpeg"),
        (b"just words", "image/jpeg"),
        (picture()[:200], "image/jpeg"),
        (picture("GIF"), "image/gif"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (b"%PDF-1.7" + picture(), "image/jpeg"),
        (picture("PNG")[:40] + zlib.compress(bytes(9)), "image/png"),
    ],
    ids=["nothing", "words", "cut", "gif", "svg", "pdf", "broken"],
)
def test_what_is_no_photo_is_refused(raw, mime):
    with pytest.raises(PhotoUnreadable):
        reencode(raw, mime)


@pytest.mark.parametrize("edge", [9_000, 14_000])
def test_a_decompression_bomb_is_refused(edge):
    raw = bomb(edge, edge)
    assert len(raw) < 200_000
    with pytest.raises(PhotoTooLarge):
        reencode(raw, "image/png")


@pytest.mark.parametrize("said", ["image/jp\0eg", "image/gif", "image/svg+xml", "image/", ""])
def test_a_type_that_is_not_taken_starts_no_child(monkeypatch, said):
    monkeypatch.setattr(child, "started", None)
    with pytest.raises(PhotoUnreadable):
        reencode(picture(), said)


CONFINED = "from chassis.privacy import child as p; p.CPU_SECONDS = {}; p.confine(); "


@pytest.mark.parametrize(
    ("attempt", "seconds", "end"),
    [
        ("bytearray(2 << 30)", 9, 1),
        ("open('here.jpg', 'w')", 9, 1),
        ("[p.os.write(1, bytes(p.OUTPUT)) for _ in range(2)]", 9, 1),
        ("[None for _ in iter(int, 1)]", 1, -signal.SIGKILL),
    ],
    ids=["memory", "files", "output", "processor"],
)
def test_the_child_has_little_of_everything(attempt, seconds, end):
    with in_memory() as out:
        command = [sys.executable, "-c", CONFINED.format(seconds) + attempt]
        child = subprocess.run(command, stdout=out, stderr=subprocess.DEVNULL, check=False)
    assert child.returncode == end


def test_what_a_child_fails_on_is_no_photo(monkeypatch):
    monkeypatch.setattr(child, "PYTHON", ("/bin/false",))
    with pytest.raises(PhotoUnreadable):
        reencode(picture(), "image/jpeg")
