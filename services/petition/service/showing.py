"""Rendering matters: copies with their texts in the clear, each opening in the access log."""

from dataclasses import replace

from chassis.service import Group, Uses, Vault
from services.petition.domain.moves import AUTHOR
from services.petition.service.matters import Matters
from services.petition.store.petitions import Petitions
from services.petition.store.seen import Seen

CLAIMANT = "claimant"
LINKS = ("parent", "duplicate_of")


class Showing(Group):
    """Copies of matters for a reader, who has seen them then."""

    petitions = Petitions()
    seen = Seen()
    vault = Vault()
    matters = Uses(Matters)

    def letter(self, call, petition, parts, linked=None):
        """A copy to be read: its texts in the clear, its author and other letters only for whom they are shown to."""
        linked = self.linked(call, petition) if linked is None else linked
        reader = call.person.id if call.person else CLAIMANT
        shown = self._in_the_clear(petition, reader, "查看来信", ("text", "place"), parts - {AUTHOR})
        told = {"author": petition.known_author(parts), "routed": petition.explained(to_author=parts == {AUTHOR})}
        told |= {name: getattr(petition, name) if getattr(petition, name) in linked else None for name in LINKS}
        return replace(shown, **told)

    def linked(self, call, petition):
        """Numbers of other letters it names, of those that are shown to the caller too; asked before one is changed."""
        numbers = {getattr(petition, name) for name in LINKS} - {None}
        if call.person:
            return {number for number in numbers if self.matters.visible_number(call, number)}
        return {number for number in numbers if self.petitions.numbered(number).claim == petition.claim}

    def matter(self, matter, reader, why, *names):
        """A copy with its history and the fields of these names in the clear; `why` goes into the access log."""
        return self._in_the_clear(matter, reader, why, names, reader != matter.author)

    def opened(self, sealed, reader, why):
        """Each text in the clear; None where there is none, or none any more."""
        if reader is CLAIMANT:
            return self.vault.masked(sealed, str)  # no log may tell when an anonymous author looked
        given = [each for each in sealed if each]
        clear = dict(zip(given, self.vault.open_many(given, reader, why), strict=True))
        return [clear.get(each) for each in sealed]

    def _in_the_clear(self, matter, reader, why, names, noted):
        """A copy; `noted` is whether it counts as seen by the reader."""
        if noted:
            self.seen.note(reader, matter, self.now())
        sealed = [*(getattr(matter, name) for name in names), *(line.text for line in matter.history)]
        opened = self.opened(sealed, reader, why)
        lines = [replace(line, text=text) for line, text in zip(matter.history, opened[len(names) :], strict=True)]
        return replace(matter, history=lines, **dict(zip(names, opened, strict=False)))
