"""Photos: uploaded first, claimed by a letter within a day."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from chassis.domain import Aggregate, Refusal, Sealed, Unacceptable

UNCLAIMED_FOR = timedelta(hours=24)


class PhotoUnreadable(Refusal):
    """这不是可以接收的照片，请上传 JPEG、PNG、HEIC 或 WebP 图片"""

    status = 415


class PhotoTooLarge(Refusal):
    """照片的像素太多，请缩小后再上传"""

    status = 413


class PhotoUnavailable(Unacceptable):
    """照片不存在、已过期或已经用过，请重新上传"""


@dataclass(kw_only=True)
class Photo(Aggregate):
    """A re-encoded picture, `sealed` under its `owner`: the uploader, or an anonymous letter's id."""

    owner: str
    sealed: Sealed
    uploaded_at: datetime
    petition: str | None = None

    def claim(self, person, petition):
        """Make it part of a letter. Raises PhotoUnavailable unless it is the person's own and unclaimed."""
        if self.petition or self.owner != person:
            raise PhotoUnavailable()
        self.petition = petition

    def hand_over(self, owner, sealed):
        """Forget the uploader: sealed anew under another owner."""
        self.owner, self.sealed = owner, sealed
