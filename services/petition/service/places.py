"""Places where QR codes hang, at which letters and reports are written."""

from werkzeug.wrappers import Response

from chassis.domain import NotAllowed
from chassis.service import ANYONE, Group, Regions, http
from services.petition.codes import qr_code
from services.petition.domain.policy import LADDER
from services.petition.domain.posted import PostedPlace, UnknownPlace, require_own
from services.petition.domain.refusals import NotAVillage
from services.petition.schemas import intake as schemas
from services.petition.store.places import Places

STAFF = {"roles": ["secretary", "intake"]}
SVG = "image/svg+xml"


class Posting(Group):
    """The posted places of villages, and whom a clerk may post or write for."""

    regions = Regions()
    places = Places()
    settings = {"CORS_ORIGINS": list}

    @http(
        "POST", "/v1/places", body=schemas.NewPlace, returns=schemas.Place, status=201, again="show_place",
        rate="60/min", **STAFF,
    )  # fmt: skip
    def post_place(self, call):
        """Register a place where a QR code is to hang."""
        region = self.village_of(call, call.body["region"])
        place = PostedPlace.post(region, call.body["name"], call.person.id, call.at)
        self.places.add(place)
        return place

    @http("GET", "/v1/places", query=schemas.PlaceQuery, returns=schemas.Places, **STAFF)
    def list_places(self, call):
        """The places of a village, newest first."""
        query = dict(call.query)
        return self.places.page({"region": self.village_of(call, query.pop("region"))}, **query)

    @http("GET", "/v1/places/{code}", returns=schemas.Place, roles=ANYONE)
    def show_place(self, call, code):
        """The place that a QR code names."""
        return self.places.get(code)

    @http("GET", "/v1/places/{code}/qr", query=schemas.Link, media=SVG, roles=ANYONE)
    def show_code(self, call, code):
        """The QR code to print: the front end's own `link` with the code at its end. Raises ForeignLink."""
        front_ends = {f"https://{call.request.host}", *self.settings["CORS_ORIGINS"]}
        require_own(call.query["link"], front_ends)
        return Response(qr_code(call.query["link"] + self.places.get(code).id), mimetype=SVG)

    @http("POST", "/v1/places/{code}/withdrawal", status=204, **STAFF)
    def withdraw_place(self, call, code):
        """The QR code hangs there no more."""
        self.village_of(call, self.places.get(code).region)
        with self.places.edit(code) as place:
            place.withdraw(call.at)

    def village_of(self, call, region):
        """The village a clerk acts for. Raises NotAVillage, NotAllowed."""
        path = self.regions.path(region)
        if len(path) != len(LADDER):
            raise NotAVillage()
        if not {path[0], path[-1]} & self._acts_for(call.person, path):
            raise NotAllowed()
        return path[0]

    def posted(self, said):
        """What was said, with village, place and channel of the QR code (`posted`) at which it was, if at any.

        Raises UnknownPlace.
        """
        said = dict(said)
        if code := said.pop("posted"):
            place = self._hanging(code)
            said |= {"channel": "qr", "region": place.region, "place": said["place"] or place.name}
        return said

    def _acts_for(self, person, path):
        """Of a path: the village, if one is its secretary, and the city, if one is of its intake."""
        return {path[0]} & self.regions.reach(person.scopes("secretary")) | {path[-1]} & set(person.scopes("intake"))

    def _hanging(self, code):
        """The place of a QR code that was not withdrawn. Raises UnknownPlace."""
        place = self.places.first({"_id": code, "withdrawn_at": None})
        if place is None:
            raise UnknownPlace()
        return place
