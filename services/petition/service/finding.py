"""Finding letters by their words, which nobody opens, and letters that may be about the same."""

from datetime import timedelta

from chassis.service import http
from services.petition.domain.moves import INTAKE, OFFICE
from services.petition.domain.policy import LADDER
from services.petition.domain.refusals import NothingToSearch, NotYourPart
from services.petition.domain.words import alike, asked, marks, words_of
from services.petition.schemas import finding as schemas
from services.petition.schemas import letters

CANDIDATES = 200


class FindingDesk:
    """Letters found by the marks of their words."""

    @http("GET", "/v1/office/search", query=schemas.Search, returns=letters.Desks, roles=["secretary", "intake"])
    def search(self, call):
        """Letters in which all these words are, newest first: of one's own offices, for intake of the whole county."""
        words, person, query = asked(call.query.pop("q")), call.person, call.query
        if not words:
            raise NothingToSearch()
        county, reader = person.scopes("intake"), self._reader(call)
        marks = self._marks_below(county or person.scopes("secretary"), words)
        page = self.petitions.with_words(marks, None if county else reader.offices, reader, **query)
        return self._shown_in(page, reader)

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
        found = alike(petition, self._shown_in(others, reader).items)
        return {"items": [{"letter": other, "likeness": share} for share, other in found]}

    def _marks_of_letter(self, region, letter):
        """The marks of a new letter of somebody from a region."""
        village, words = self.regions.path(region)[0], words_of(letter["text"], letter["place"])
        return sorted(set(marks(self.vault.digest, village, words)))

    def _marks_below(self, scopes, words):
        """A row of marks for each village that is, or ever was, below these scopes."""
        villages = [row["_id"] for row in self.regions.under(scopes) if row["level"] == LADDER[0]]
        return [marks(self.vault.digest, village, words) for village in villages]
