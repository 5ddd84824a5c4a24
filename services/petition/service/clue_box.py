"""举报 sealed: how a clue that came in is kept, whichever way it came."""

from chassis.service import Group, Regions, Setting, Vault
from services.petition import sealing
from services.petition.domain.clue import RULES, Clue
from services.petition.domain.refusals import CluesClosed
from services.petition.store.clues import ClueDays, Clues, Enclosures


class ClueBox(Group):
    """Clues, what is sealed in them, and how much came in a day."""

    regions = Regions()
    clues = Clues()
    enclosures = Enclosures()
    clue_days = ClueDays()
    vault = Vault()
    settings = {"CLUE_SEAL": Setting()}

    def key(self):
        """The office's public key. Raises CluesClosed."""
        if not self.settings["CLUE_SEAL"]:
            raise CluesClosed()
        return self.settings["CLUE_SEAL"]

    def new(self, at, code, size, category, region, **_):
        """A Clue about a region, of so many sealed bytes, for whoever has the claim code."""
        return Clue.file(
            RULES,
            at,
            region=self.regions.path(region)[-1],
            place=region,
            category=category,
            size=size,
            claim=self._digest(code),
            reply_key=sealing.public_key(sealing.reply_key(code)),
        )

    def claimed(self, code):
        """The clue of a claim code. Raises ClueNotFound."""
        return self.clues.claimed(self._digest(code))

    def count(self, office, size, clues, at):
        """Add sealed bytes and clues to an office's day; raises what a full day refuses with."""
        day = self.clue_days.opened(office, at)
        self.clue_days.get(day).admit(RULES, size)
        self.clue_days.increment(day, {"size": size, "clues": clues})

    def keep(self, clue, sealed):
        """Keep a new clue and its sealed bytes."""
        self.enclosures.keep(clue.enclosure, sealed)
        self.clues.add(clue)

    def _digest(self, code):
        return self.vault.digest(f"clue claim {code}")
