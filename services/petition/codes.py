"""QR codes to print."""

import io

import segno


def qr_code(text):
    """An SVG image (bytes) of a text, readable with a fifth of it torn off."""
    image = io.BytesIO()
    segno.make_qr(text, error="q").save(image, kind="svg", scale=8)
    return image.getvalue()
