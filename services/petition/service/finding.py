"""Finding letters by their words, which nobody reads, and letters that may be about the same.

Letters whose marks fit are opened to see whether they have the words. Nobody reads what is opened: told is only which
letters of those that the asker may see have the words she gave.
"""

from datetime import timedelta

from chassis.domain import time_of
from chassis.service import every, http
from chassis.store import Page
from services.petition.domain.moves import INTAKE, OFFICE
from services.petition.domain.policy import LADDER
from services.petition.domain.refusals import NothingToSearch, NotYourPart
from services.petition.domain.words import (
    KEYS,
    alike,
    asked,
    key_for,
    key_name,
    marks,
    quarter_named,
    quarter_of,
    quarters,
    reach,
    settled,
    words_of,
)
from services.petition.schemas import finding as schemas
from services.petition.schemas import letters
from services.petition.store.petitions import SCANS

CANDIDATES = OPENED = 200
DAY = 86_400


class FindingDesk:
    """Letters found by the marks of their words."""

    @http("GET", "/v1/office/search", query=schemas.Search, returns=letters.Desks, roles=["secretary", "intake"])
    def search(self, call):
        """Letters in which all these words are, newest first: of one's own offices, for intake of the whole county.

        A page may be shorter than its limit although there is a `next` one.
        """
        words, person, query = asked(call.query.pop("q")), call.person, call.query
        if not words:
            raise NothingToSearch()
        county, reader = person.scopes("intake"), self._reader(call)
        villages = self._villages_below(county or person.scopes("secretary"))

        def marked(cursor, limit):
            offices = None if county else reader.offices
            return self.petitions.with_words(self._marks_in(villages, words, cursor), offices, reader, cursor, limit)

        return self._shown_in(self._having(set(words), marked, **query), reader)

    @http("GET", "/v1/petitions/{number}/similar", returns=schemas.Similar, roles=["secretary", "intake"])
    def list_similar(self, call, number):
        """Open letters of the same village and category that share many words with this one, most alike first.

        Of letters in which the caller plays a part only, and in steps, so that nothing is told of any other's words.
        """
        petition, parts = self._seen(call, number)
        if not parts & {OFFICE, INTAKE}:
            raise NotYourPart()
        since = petition.submitted_at - timedelta(days=self.policy.similar_days)
        villages, reader = self.regions.reach([petition.region]), self._reader(call)
        others = self.petitions.open_among(villages, petition.category, since, reader, CANDIDATES)
        others = [other for other in self._shown_in(others, reader).items if other.id != petition.id]
        words, *theirs = self._words_in([petition, *others])
        found = alike(words, zip(theirs, others, strict=True))
        return {"items": [{"letter": other, "likeness": share} for share, other in found]}

    @every(seconds=DAY)
    def forget_keys_of_marks(self):
        """Destroy the keys of quarters that are over, once no letter has a mark under them any more."""
        for name in self.vault.named(KEYS, settled(self.now())):
            if not self.petitions.marked(*reach(name)):
                self.vault.destroy(name)

    def _marks_of_letter(self, id, region, letter):
        """The marks of a new letter of somebody from a region."""
        name, words = key_for(self.regions.path(region)[0], id), words_of(letter["text"], letter["place"])
        return sorted(set(marks(name, self.vault.secret(name), words)))

    def _villages_below(self, scopes):
        """Each village that is, or ever was, below these scopes."""
        return [row["_id"] for row in self.regions.under(scopes) if row["level"] == LADDER[0]]

    def _marks_in(self, villages, words, cursor):
        """Newest first, that of the cursor or of today the first: for some quarters together a row of marks for each of
        the keys that there are.
        """
        newest = quarter_of(time_of(cursor) if cursor else self.now())
        oldest = self.vault.named(KEYS, key_name("~", newest), 1)
        for some in _together(quarters(quarter_named(oldest[0]), newest) if oldest else [], len(villages)):
            keys = self.vault.secrets([key_name(village, quarter) for quarter in some for village in villages])
            yield [marks(name, key, words) for name, key in keys.items()]

    def _having(self, words, marked, cursor, limit):
        """A Page of those of the letters `marked(cursor, limit)`, newest first, that have all words; so many are opened
        at most.
        """
        found, opened = [], 0
        while opened < OPENED and len(found) <= limit:
            some = marked(cursor, limit + 1)
            found += [letter for letter, has in zip(some, self._words_in(some), strict=True) if words <= has]
            opened, cursor = opened + len(some), some[-1].id if len(some) > limit else None
            if cursor is None:
                break
        return Page(found[:limit], found[limit - 1].id if len(found) > limit else cursor)

    def _words_in(self, letters):
        """The set of words of each; nobody reads them."""
        sealed = [letter.text for letter in letters] + [letter.place for letter in letters]
        words = [each or set() for each in self.vault.masked(sealed, words_of)]
        return [text | place for text, place in zip(words[: len(letters)], words[len(letters) :], strict=True)]


def _together(quarters, villages):
    """As many quarters at a time as one query can look through in all villages."""
    size = max(1, SCANS // max(1, villages))
    return (quarters[start : start + size] for start in range(0, len(quarters), size))
