"""Pictures that say where they were taken."""

import io

from PIL import Image
from pillow_heif import register_heif_opener

CAMERA = "SecretCamera"

register_heif_opener()


def picture(kind="JPEG", size=(64, 48), **options):
    """A picture with GPS coordinates and the camera's name in it."""
    exif = Image.Exif()
    exif[0x010F] = CAMERA
    exif.get_ifd(0x8825).update({1: "N", 2: (30.0, 25.0, 1.0), 3: "E", 4: (103.0, 27.0, 1.0)})
    out = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, kind, exif=exif.tobytes(), **options)
    return out.getvalue()
