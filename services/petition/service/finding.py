"""Finding letters by their words, and letters that may be about the same.

Told is only which letters of those that the asker may see have the words she gave.
"""

from datetime import timedelta

from chassis.service import Group, Regions, Uses, http
from chassis.store import Page
from services.petition.domain.moves import INTAKE, OFFICE
from services.petition.domain.petition import Petition
from services.petition.domain.policy import LADDER
from services.petition.domain.refusals import NothingToSearch, NotYourPart
from services.petition.domain.words import alike, asked
from services.petition.schemas import finding as schemas
from services.petition.schemas import letters
from services.petition.service.access import Access
from services.petition.service.matters import Matters
from services.petition.service.policy import Policies
from services.petition.service.words import WordIndex
from services.petition.store.petitions import Petitions

CANDIDATES = OPENED = 200
STAFF = ["secretary", "intake"]


class Finding(Group):
    """Search of letters, and letters like another."""

    regions = Regions()
    petitions = Petitions()
    access = Uses(Access)
    matters = Uses(Matters)
    policies = Uses(Policies)
    index = Uses(WordIndex)

    @http("GET", "/v1/office/search", query=schemas.Search, returns=letters.LetterRows, roles=STAFF)
    def search(self, call):
        """Letters in which all these words are, newest first: of one's own offices, for intake of the whole county.

        A page may be shorter than its limit although there is a `next` one.
        """
        words, person, query = asked(call.query.pop("q")), call.person, call.query
        if not words:
            raise NothingToSearch()
        county, reader = person.scopes("intake"), self.access.reader(call)
        villages = self._villages_below(county or person.scopes("secretary"))

        def marked(cursor, limit):
            offices, tokens = None if county else reader.offices, self.index.tokens_in(villages, words, cursor)
            return self.petitions.with_words(tokens, offices, reader, cursor, limit)

        return self.access.visible(self._having(set(words), marked, **query), reader)

    @http("GET", "/v1/petitions/{number}/similar", returns=schemas.Similar, roles=STAFF)
    def list_similar(self, call, number):
        """Open letters of the same village and category that share many words with this one, most alike first.

        Of letters in which the caller plays a part only, and in steps, so that nothing is told of any other's words.
        """
        petition, parts = self.matters.letter(call, number)
        if not parts & {OFFICE, INTAKE}:
            raise NotYourPart()
        since = petition.submitted_at - timedelta(days=self.policies.in_force.similar_days)
        villages, reader = self.regions.reach([petition.region]), self.access.reader(call)
        page = self.petitions.open_among(villages, petition.category, since, reader, CANDIDATES)
        others = [other for other in self.access.visible(page, reader).items if other.id != petition.id]
        words, *theirs = self.index.words_in([petition, *others])
        found = alike(words, zip(theirs, others, strict=True))
        return {"items": [{"letter": other, "likeness": share} for share, other in found]}

    def _villages_below(self, scopes):
        """Each village that is, or ever was, below these scopes."""
        return [row["_id"] for row in self.regions.under(scopes) if row["level"] == LADDER[0]]

    def _having(self, words, marked, cursor, limit):
        """A Page of those of the letters `marked(cursor, limit)`, newest first, that have all words; so many are opened
        at most.
        """
        found: list[Petition] = []
        opened = 0
        while opened < OPENED and len(found) <= limit:
            some = marked(cursor, limit + 1)
            had = zip(some, self.index.words_in(some), strict=True)
            found += [letter for letter, has in had if words <= has]
            opened, cursor = opened + len(some), some[-1].id if len(some) > limit else None
            if cursor is None:
                break
        return Page(found[:limit], found[limit - 1].id if len(found) > limit else cursor)
