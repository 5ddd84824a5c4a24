"""Uploads: hostile files are taken apart in a `child` process. Photos by `python -m chassis.photos TYPE`: a picture of
that type on its stdin, a fresh JPEG without any metadata on its stdout.
"""

import io
import sys
import warnings
from functools import cache

from chassis.domain import Refusal
from chassis.privacy import child, sizes

FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/heic": "HEIF", "image/heif": "HEIF", "image/webp": "WEBP"}
EDGE, QUALITY = 2048, 85
PIXELS = {"JPEG": 64_000_000, "HEIF": 50_000_000, "PNG": 40_000_000, "WEBP": 24_000_000}  # what a child has memory for
PARTS = {"JPEG": 100, "HEIF": 1_000, "PNG": 1, "WEBP": 1}  # scans or tiles, each decoded by itself
MARKUP = (b"<script", b"<?php", b"<!doctype")
PDF, PDF_WITHIN = b"%PDF-", 1024
ZIP_END, ZIP_WITHIN = b"PK\x05\x06", 65_557
OK, BAD, LARGE = 0, 65, 66


class PhotoUnreadable(Refusal):
    """这不是可以接收的照片，请上传 JPEG、PNG、HEIC 或 WebP 图片"""

    status = 415


class PhotoTooLarge(Refusal):
    """照片的像素太多，请缩小后再上传"""

    status = 413


def reencode(raw, kind):
    """The picture as a JPEG of at most 2048 × 2048 without metadata; `kind` is the type it is said to be of.

    Raises PhotoUnreadable when it is no picture of that type, PhotoTooLarge when it has more than so many PIXELS.
    """
    require_light(raw, kind)
    code, jpeg = child.run(__name__, raw, kind)
    if code == OK:
        return jpeg
    raise PhotoTooLarge() if code == LARGE else PhotoUnreadable()


def require_light(raw, kind):
    """Say no to what its own headers show to be too much, or no picture, before a child is started for it."""
    try:
        format = FORMATS[kind]
        pixels, parts = sizes.of(raw, format)
    except (KeyError, ValueError):
        raise PhotoUnreadable() from None
    if pixels > PIXELS[format]:
        raise PhotoTooLarge()
    if not pixels or parts > PARTS[format]:
        raise PhotoUnreadable()


def redraw(raw, kind):
    """The same in this process; raises what the decoders raise."""
    if is_polyglot(raw):
        raise ValueError("also something else")
    Image, ImageOps = decoders()
    with Image.open(io.BytesIO(raw), formats=[FORMATS[kind]]) as picture:
        if picture.width * picture.height > PIXELS[FORMATS[kind]]:
            raise Image.DecompressionBombError
        picture.draft("RGB", (EDGE, EDGE))
        picture.thumbnail((EDGE, EDGE))
        return bare(ImageOps.exif_transpose(picture))


@cache
def decoders():
    """PIL's Image and ImageOps with all formats loaded: 16 MB that only the child needs."""
    import pillow_heif
    from PIL import Image, ImageOps

    Image.init()
    pillow_heif.register_heif_opener()
    return Image, ImageOps


def bare(picture):
    """The pixels alone, as a JPEG."""
    rgb = picture.convert("RGB")
    rgb.info.clear()
    out = io.BytesIO()
    rgb.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def is_polyglot(raw):
    """Whether the file could also be taken for a page, a program, a PDF or an archive."""
    lower = raw.lower()
    return PDF in raw[:PDF_WITHIN] or ZIP_END in raw[-ZIP_WITHIN:] or any(mark in lower for mark in MARKUP)


def main():
    Image, _ = decoders()
    warnings.simplefilter("ignore")
    child.confine()
    try:
        sys.stdout.buffer.write(redraw(sys.stdin.buffer.read(), sys.argv[1]))
    except (Image.DecompressionBombError, MemoryError):
        return LARGE
    except Exception:
        return BAD
    return OK


if __name__ == "__main__":
    sys.exit(main())
