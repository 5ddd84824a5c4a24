"""一窗受理: letters by other ways than an app, taken down by a clerk or written at a posted place (QR code)."""

from werkzeug.wrappers import Response

from chassis.domain import NotAllowed
from chassis.service import ANYONE, http
from services.petition.codes import qr_code
from services.petition.domain.policy import ANONYMOUS, LADDER
from services.petition.domain.posted import AlreadyALetter, PostedPlace, UnknownPlace, demand_own
from services.petition.domain.refusals import NotAVillage
from services.petition.schemas import intake as schemas
from services.petition.schemas.letters import Receipt

STAFF = {"roles": ["secretary", "intake"]}
SVG = "image/svg+xml"


class IntakeDesk:
    """Letters taken down for people without an account, and the places where QR codes hang."""

    @http("POST", "/v1/office/petitions", body=schemas.TakenDown, returns=Receipt, status=201, rate="60/min", **STAFF)
    def take_down(self, call):
        """Take down what somebody says on the telephone, at the window or in the village's circle.

        The letter has no author; whoever said it follows it by the claim code of the receipt.
        """
        region = self._village_of(call, call.body["region"])
        call.body["anonymity"] = ANONYMOUS
        return self._receive(call, region, clerk=call.person.id)

    @http(
        "POST",
        "/v1/places",
        body=schemas.NewPlace,
        returns=schemas.Place,
        status=201,
        again="show_place",
        rate="60/min",
        **STAFF,
    )
    def post_place(self, call):
        """Register a place where a QR code is to hang."""
        region = self._village_of(call, call.body["region"])
        place = PostedPlace.post(region, call.body["name"], call.person.id, call.at)
        self.places.add(place)
        return place

    @http("GET", "/v1/places", query=schemas.PlaceQuery, returns=schemas.Places, **STAFF)
    def list_places(self, call):
        """The places of a village, newest first."""
        query = dict(call.query)
        return self.places.page({"region": self._village_of(call, query.pop("region"))}, **query)

    @http("GET", "/v1/places/{code}", returns=schemas.Place, roles=ANYONE)
    def show_place(self, call, code):
        """The place that a QR code names."""
        return self.places.get(code)

    @http("GET", "/v1/places/{code}/qr", query=schemas.Link, media=SVG, roles=ANYONE)
    def show_code(self, call, code):
        """The QR code to print: the front end's own `link` with the code at its end. Raises ForeignLink."""
        front_ends = {f"https://{call.request.host}", *self.settings["CORS_ORIGINS"]}
        demand_own(call.query["link"], front_ends)
        return Response(qr_code(call.query["link"] + self.places.get(code).id), mimetype=SVG)

    @http("POST", "/v1/places/{code}/withdrawal", status=204, **STAFF)
    def withdraw_place(self, call, code):
        """The QR code hangs there no more."""
        self._village_of(call, self.places.get(code).region)
        with self.places.edit(code) as place:
            place.withdraw(call.at)

    # parts of the above

    def _village_of(self, call, region):
        """The village a clerk acts for. Raises NotAVillage, NotAllowed."""
        path = self.regions.path(region)
        if len(path) != len(LADDER):
            raise NotAVillage()
        if not {path[0], path[-1]} & self._acts_for(call.person, path):
            raise NotAllowed()
        return path[0]

    def _acts_for(self, person, path):
        """Of a path: the village, if one is its secretary, and the city, if one is of its intake."""
        return {path[0]} & self.regions.reach(person.scopes("secretary")) | {path[-1]} & set(person.scopes("intake"))

    def _posted(self, letter):
        """A letter with a keyed hash of its post, and place and channel of its QR code. Raises UnknownPlace."""
        letter = {name: said for name, said in letter.items() if name != "region"}
        letter["origin"] = letter["origin"] and self.vault.digest(f"origin {letter['origin']}")
        if posted := letter.pop("posted"):
            place = self._hanging(posted)
            letter |= {"channel": "qr", "place": letter["place"] or place.name}
        return letter

    def _hanging(self, code):
        """The place of a QR code that was not withdrawn. Raises UnknownPlace."""
        place = self.places.first({"_id": code, "withdrawn_at": None})
        if place is None:
            raise UnknownPlace()
        return place

    def _refuse_known(self, origin):
        """Raises AlreadyALetter when this post was made a letter before."""
        if origin and self.petitions.made_of(origin):
            raise AlreadyALetter()
