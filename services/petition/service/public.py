"""What everybody may read: letters whose author agreed and whose answer was published."""

from collections import Counter

from chassis.service import ANYONE, Group, Regions, http
from chassis.store import Page
from services.petition.domain.public import shown
from services.petition.schemas import public as schemas
from services.petition.store.petitions import Petitions


class Public(Group):
    """The public list, and the counts for a map."""

    regions = Regions()
    petitions = Petitions()

    @http("GET", "/v1/public/petitions", query=schemas.Query, returns=schemas.PublicLetters, roles=ANYONE)
    def list_public(self, call):
        """Published letters, newest first, of the county or of a region and what lies below it."""
        region = call.query.pop("region")
        regions = [row["_id"] for row in self.regions.under([self.regions.heir(region)])] if region else None
        page = self.petitions.published(regions, **call.query)
        villages = self._villages({letter.region for letter in page.items})
        return Page([shown(letter, villages[letter.region]) for letter in page.items], page.next)

    @http("GET", "/v1/public/map", returns=schemas.Map, roles=ANYONE)
    def show_map(self, call):
        """How many published letters there are of each village, as GeoJSON; villages have no coordinates."""
        counted = self.petitions.count_published()
        villages = self._villages({row["region"] for row in counted})
        counts: Counter[str] = Counter()
        for row in counted:
            counts[villages[row["region"]]["_id"]] += row["count"]
        places = {village["_id"]: village["place"] for village in villages.values()}
        found = [{"region": key, "place": places[key], "count": count} for key, count in counts.most_common()]
        return {"features": [{"properties": each} for each in found]}

    def _villages(self, regions):
        """Region → the row of what it is now."""
        return {region: self.regions.region(self.regions.heir(region)) for region in regions}
