"""举报 by e-mail: what waits in the discipline office's mailbox becomes sealed clues.

A clue and the mark of its message are one write; only then is the message deleted, so that a crash loses none and
doubles none. No claim code goes out: an answer by e-mail would lie in the clear wherever it passes.
"""

from datetime import timedelta

from chassis.photos import reencode
from chassis.service import every
from services.petition import mail, sealing
from services.petition.domain.clue import RULES, Clue, midnight_after, new_code

CATEGORY = "other"
MARKED_DAYS = 30
LEFT_FOR = timedelta(hours=1)


class MailDesk:
    """Reads the mailbox; what cannot be taken stays there, counted as a failed tick, and is tried again in an hour."""

    @every(seconds=60, each=lambda self: self._waiting())
    def take_mail(self, message):
        """Seal an e-mail: author, subject, text and photos. Raises MailUnreadable and what photos raise."""
        mark, raw = message
        author, text, photos = mail.read(raw)
        sealed = sealing.seal(self._key(), text, author, [reencode(photo, kind) for kind, photo in photos])
        self.clues.add(self._clue(mail.place_of(self.settings["CLUE_MAIL"]), sealed))
        self.mailed.put(mark, {"left": False, "ends_at": midnight_after(self.now(), MARKED_DAYS)})

    # parts of the above

    def _waiting(self):
        """(mark, bytes) of each message, one replica at a time; each is deleted once it has become a clue."""
        uri, lease = self.settings["CLUE_MAIL"], self.mailed.lease()
        if not uri or not lease.hold():
            return
        try:
            with mail.opened(uri) as box:
                for number, uid in box.waiting():
                    yield from self._offered(box, number, self.vault.digest(f"clue mail {uid}"))
                    lease.hold()
        finally:
            lease.release()

    def _offered(self, box, number, mark):
        """The message unless it is marked; marked before it is looked at, nothing in it stops the others."""
        if self.mailed.row(mark) is None:
            self.mailed.put(mark, {"left": True, "ends_at": self.now() + LEFT_FOR})
            yield mark, box.fetch(number)
        if not self.mailed.row(mark)["left"]:
            box.delete(number)

    def _clue(self, place, sealed):
        """A clue whose claim code nobody has."""
        code = new_code()
        reply = sealing.public_key(sealing.reply_key(code))
        return Clue.file(
            RULES,
            self.now(),
            region=self.regions.path(place)[-1],
            place=place,
            category=CATEGORY,
            sealed=sealed,
            claim=self._claim(code),
            reply_key=reply,
        )
