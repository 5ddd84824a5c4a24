"""Disclosure: sealed personal data are opened for a reader and a reason, which the access log keeps, or masked."""

from chassis.service import Group, Uses, Vault
from services.identity.domain.person import masked
from services.identity.domain.wechat import masked_openid
from services.identity.service.risks import Traces


class Disclosure(Group):
    """What is sealed, as it may be shown; None or left out where it does not open any more."""

    vault = Vault()
    traces = Uses(Traces)

    def contact(self, person, reader, reason):
        """Name and phone of a Person in the clear."""
        clear = self._opened([person.name, person.phone], reader, reason)
        return {"person": person.id, "name": clear.get(person.name), "phone": clear.get(person.phone)}

    def names(self, people, reader, reason):
        """The names of people in the clear, in this order."""
        clear = self._opened([person.name for person in people], reader, reason)
        return [clear.get(person.name) for person in people]

    def place(self, member, reader, reason):
        """Where a migrant Member lives, in the clear; None for others."""
        return self.vault.open(member.away.place, reader, reason) if member.away else None

    def marks(self, marks, reader, reason):
        """Marks of a household in the clear, those that still open."""
        codes = self.vault.open_many([mark.sealed for mark in marks], reader, reason)
        return [vars(mark) | {"code": code} for mark, code in zip(marks, codes, strict=True) if code]

    def listed_names(self, call, people):
        """The masked names of people in a list that the caller is shown, which leaves a trace."""
        self.traces.note_list(call, [person.id for person in people])
        return self.masked_names(people)

    def masked_names(self, people):
        """The masked names of people, in this order."""
        return self.vault.masked([person.name for person in people], masked)

    def masked_wechat(self, person):
        """The WeChat account of a Person, masked."""
        return self.vault.masked([person.wechat], masked_openid)[0]

    def _opened(self, texts, reader, reason):
        sealed = [each for each in texts if each]
        return dict(zip(sealed, self.vault.open_many(sealed, reader, reason), strict=True))
