"""举报 by e-mail: what waits in the discipline office's mailbox becomes sealed clues.

A clue and the mark of its message are one write; only then is the message deleted, so that a crash loses none and
doubles none. No claim code goes out: an answer by e-mail would lie in the clear wherever it passes.
"""

import time
from datetime import timedelta

from chassis.photos import reencode
from chassis.service import Group, Setting, Uses, Vault, every
from services.petition import mail, sealing
from services.petition.domain.clue import RULES, day_of, midnight_after, new_code, plain_code
from services.petition.service.clue_box import ClueBox
from services.petition.store.clues import ClueDays, Mailed

CATEGORY = "other"
MARKED_DAYS = 30
TRIES, LEFT_HOURS = 3, 2
ROUND_SECONDS = 45


class ClueMail(Group):
    """Reads the mailbox; what cannot be taken stays there, counted as a failed tick, and is tried three times."""

    clue_days = ClueDays()
    mailed = Mailed()
    vault = Vault()
    box = Uses(ClueBox)
    settings = {"CLUE_MAIL": Setting(secret=True)}

    @every(seconds=60, each=lambda self: self._waiting())
    def take_mail(self, message):
        """Seal an e-mail: author, subject, text and photos. Raises MailUnreadable and what photos raise."""
        mark, raw = message
        author, text, photos = mail.read(raw)
        pictures = [reencode(photo, kind) for kind, photo in photos]
        sealed, at = sealing.seal(self.box.key(), text, author, pictures), self.now()
        place = mail.place_of(self.settings["CLUE_MAIL"])
        clue = self.box.new(at, plain_code(new_code()), len(sealed), CATEGORY, place)
        self.box.count(clue.region, len(sealed), 1, at)
        self.box.keep(clue, sealed)
        self.mailed.put(mark, {"left": False, "ends_at": midnight_after(at, MARKED_DAYS)})

    def _waiting(self):
        """(mark, bytes) of each message, one replica at a time, none on a crowded day; each is deleted once it has
        become a clue. A round has an end, so that the next one begins with what is new.
        """
        uri, lease, end = self.settings["CLUE_MAIL"], self.mailed.lease(), time.monotonic() + ROUND_SECONDS
        if not uri or self.clue_days.size(day_of(self.now())) > RULES.crowded or not lease.hold():
            return
        try:
            with mail.opened(uri) as box:
                for number, size, mark in self._in_turn(box):
                    yield from self._offered(box, number, size, mark)
                    if time.monotonic() > end or not lease.hold():
                        break
        finally:
            lease.release()

    def _in_turn(self, box):
        """(number, size, mark) of what is to be tried now, new messages first; those that became clues are deleted."""
        found = [(number, size, self.vault.digest(f"clue mail {uid}")) for number, size, uid in box.waiting()]
        known = self.mailed.among([mark for _, _, mark in found])
        for number, _, mark in found:
            if mark in known and not known[mark]["left"]:
                box.delete(number)
        new = [each for each in found if each[2] not in known]
        return new + [each for each in found if self._again(known.get(each[2]))]

    def _again(self, row):
        """Whether a message that was left may be tried again."""
        return row and row["left"] and row["tries"] < TRIES and row["again_at"] <= self.now()

    def _offered(self, box, number, size, mark):
        """The message; marked before it is looked at, so that nothing in it stops the others."""
        hour = self.now().replace(minute=0, second=0, microsecond=0)
        self.mailed.leave(mark, hour + timedelta(hours=LEFT_HOURS), midnight_after(hour, MARKED_DAYS))
        yield mark, box.fetch(number, size)
        row = self.mailed.row(mark)
        if row and not row["left"]:
            box.delete(number)
