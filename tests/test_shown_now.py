"""What GET refuses to somebody no other route tells her: lists, suggestions, links, counts, files, repeats of POSTs.

Over all routes of a service, also those to come, a matter is somebody's when the route of SHOWS gives it to her now.
What is kept of an answer for an Idempotency-Key is checked for all routes too.
"""

import io
import zipfile
from dataclasses import replace
from itertools import product

import pytest

from chassis.auth.people import Person
from chassis.pages.routes import admits, routes
from chassis.registry import services
from chassis.schemas import Secret
from chassis.testing.pictures import picture
from chassis.web.http import ANYONE
from chassis.web.idempotency import KEPT
from contracts.identity.access import RoleGranted
from services.petition.tests.sample import LETTER, QUESTION, REPORT, WHISTLE
from tests.matters import AUTHOR, CITY, NEXT_VILLAGE, TOWN, VILLAGE, known, lived_in
from tests.test_roles import parameters, public, routes_of, sample, token_of

SHOWS = {name: shows for name in services() if (shows := known(name, "SHOWS", None))}

OF_NOTHING_KEPT = {"/v1/parked/{key}"}
WORDS = "样例文字"  # what tests/test_roles.py searches for
RIVER, FUND, ROAD, TREE = (
    f"{WORDS}：{about}" for about in ("河边垃圾成堆", "书记挪用公款", "村道塌了一半", "古树要倒了")
)
OTHER_AUTHOR, CADRE = "another-villager", "the-cadre"
CURIOUS = {OTHER_AUTHOR, CADRE, "both", f"secretary-of-{NEXT_VILLAGE}", f"secretary-of-{TOWN}", f"secretary-of-{CITY}"}

pytestmark = [pytest.mark.feature("I04"), pytest.mark.timeout(240)]


# what may be kept of an answer


@pytest.mark.parametrize("name", services())
def test_of_an_answer_ids_are_kept_or_it_is_shown_again_or_nothing_is_kept(name):
    found = {route.method_name: route for route in routes(services()[name])}
    for route in found.values():
        if route.method == "POST" and route.returns and route.kept:
            keeps = {name for name, field in route.returns.fields.items() if not isinstance(field, Secret)}
            assert shows_only(route, found[route.again]) if route.again else keeps <= KEPT, (route.url, keeps - KEPT)


def shows_only(route, shown):
    """Whether a route reads only, and all that leads to what it shows is in the path or the answer of another."""
    known = {*parameters(route), *route.returns.fields}
    required = [name for name, field in shown.query.fields.items() if field.required]
    reads = shown.method == "GET" or not shown.kept
    return reads and shown.needs_token <= route.needs_token and {*parameters(shown)} <= known and not required


@pytest.mark.parametrize("name", SHOWS)
def test_every_route_that_gives_one_thing_of_somebodys_is_in_the_table(name):
    gives = {route.url for route in routes_of(name) if route.method == "GET" and len(parameters(route)) == 1}
    public = {route.url for route in routes_of(name) if route.roles == ANYONE}
    ends_in_it = {url for url in gives - public - OF_NOTHING_KEPT if url.endswith(("/{number}", "/{id}"))}
    assert ends_in_it == set(SHOWS[name].values())


# what is told


def people(name):
    """Everybody who may ask something of a service, near and far, and whoever has more than one part."""
    everywhere = (VILLAGE, NEXT_VILLAGE, TOWN, "510183121", CITY)
    places = {"villager": everywhere[:2], "secretary": everywhere, "intake": (CITY,)}
    if name == "identity":
        places |= {"villageadmin": everywhere[:2], "townadmin": everywhere[2:4], "cityadmin": (CITY, "510184")}
    for role, region in ((role, region) for role, regions in places.items() for region in regions):
        yield Person(f"{role}-of-{region}", region if role == "villager" else None, {role: (region,)})
    yield Person("guest")
    yield Person("both", None, {"secretary": (VILLAGE, TOWN)})
    if name == "petition":
        yield Person(AUTHOR, VILLAGE, {"villager": (VILLAGE,)})
        yield Person(OTHER_AUTHOR, VILLAGE, {"villager": (VILLAGE,)})
        yield Person(CADRE, VILLAGE, {"secretary": (TOWN,), "intake": (CITY,)})


class Place:
    """A service with something in it; `sent` are the POSTs that made it, each with its key, `told` number → words."""

    def __init__(self, service):
        self.service, self.sent, self.told = service, [], {}

    def post(self, path, body, who, **content):
        """A command with a key; its answer."""
        sent = {"path": path, "key": f"key-{len(self.sent)}", **(content or {"json": body})}
        answer = self.service.http.post(**sent, token=token_of(self.service, who))
        assert answer.ok, (path, answer.text)
        self.sent.append((sent, who))
        return answer.json() if answer.content else None

    def matters(self):
        """(path of the route that shows it, texts that nobody may read anywhere else) of each thing there is."""
        for collection, url in SHOWS[self.service.cls.name].items():
            for row in self.service.database[collection].find():
                path = url.format(number=row.get("number"), id=row["_id"])
                lists = [row[name] for name in ("photos", "before", "after") if isinstance(row.get(name), list)]
                yield (
                    path,
                    [row["_id"], row.get("number", row["_id"]), *sum(lists, self.told.get(row.get("number"), []))],
                )

    def refused(self, who):
        """Texts of all that a person may not see now, and of nothing that she may."""
        refused, seen = set(), set()
        token = self.service.county.token(who)  # of this moment: some people hold other roles later
        for path, names in self.matters():
            answer = self.service.http.get(path, token=token)
            (seen if answer.status_code == 200 else refused).update(names)
        return refused - seen


def petition(place):
    """Letters of all kinds, a merger, parts, a report, a question, a whistle about a letter."""
    place.service.tell(RoleGranted, subject=CADRE, role="secretary", region=VILLAGE)
    author, other = (Person(each, VILLAGE, {"villager": (VILLAGE,)}) for each in (AUTHOR, OTHER_AUTHOR))
    village, town = (Person(f"secretary-of-{each}", None, {"secretary": (each,)}) for each in (VILLAGE, TOWN))
    image = {"data": picture(), "headers": {"Content-Type": "image/jpeg"}}

    def write(text, by=author, **changes):
        receipt = place.post("/v1/petitions", LETTER | {"text": text} | changes, by)
        place.told[receipt["number"]] = [text]
        return receipt["number"]

    river = write(RIVER, photos=[place.post("/v1/photos", None, author, **image)["id"]])
    write(FUND, recipient="town", anonymity=2, about="village")
    write(TREE, other, recipient="city", anonymity=2)
    write(f"{WORDS}：请快些，河边垃圾", other, anonymity=3)
    both, copy = write(ROAD, other), write(f"{WORDS}：很急，河边垃圾", other)
    place.post(f"/v1/petitions/{copy}/merge", {"lead": river}, village)
    parts = [{"text": f"{WORDS}：走不过去"}, {"text": f"{WORDS}：没有路灯"}]
    split = place.post(f"/v1/petitions/{both}/parts", {"parts": parts}, village)["items"]
    place.told |= {each["number"]: [part["text"]] for each, part in zip(split, parts, strict=True)}
    place.post(f"/v1/petitions/{river}/moves", {"move": "sign"}, village)
    before = [place.post("/v1/photos", None, author, **image)["id"]]
    report = place.post("/v1/reports", REPORT | {"text": WORDS, "photos": before}, author)["number"]
    place.post(f"/v1/reports/{report}/moves", {"move": "accept"}, village)
    question = place.post("/v1/questions", QUESTION, author)["number"]
    office = Person("an-office", None, {"secretary": (VILLAGE, TOWN, CITY)})
    place.post(f"/v1/questions/{question}/moves", {"move": "answer", "text": "到村里办"}, office)
    whistle = place.post("/v1/whistles", WHISTLE | {"about": river}, village)["number"]
    place.post(f"/v1/whistles/{whistle}/moves", {"move": "report_in", "unit": TOWN}, town)


FILL = {"petition": petition, "identity": lambda place: None}


@pytest.fixture
def made(running, regions):
    """`made(name)`: a Place."""

    def there(name):
        service = lived_in(running, regions, name)
        service.tokens = {}
        place = Place(service)
        FILL[name](place)
        return place

    return there


def asked(place, route):
    """(path, query) of a route: every combination of what there is in the place of its parameters."""
    service = place.service
    query = {name: VILLAGE for name in ("region", "office") if name in route.query.fields}
    query |= {name: sample(each) for name, each in route.query.fields.items() if each.required and name not in query}
    query |= {"limit": 100} if "limit" in route.query.fields else {}
    rows = [row for name in SHOWS[service.cls.name] for row in service.database[name].find()]
    photos = [row["_id"] for row in service.database.photos.find()]
    known = {"number": [row["number"] for row in rows if "number" in row], "id": [row["_id"] for row in rows]}
    names = parameters(route)
    for values in product(*((known | {"photo": photos}).get(name, ["0"]) for name in names)):
        yield route.url.format(**dict(zip(names, values, strict=True))), query


def by_nature(place, route):
    """A grid's boundary is its households, by id."""
    households = place.service.database.households.find() if route.url.startswith("/v1/grids") else ()
    return {row["_id"] for row in households}


def tells(answer, refused, asked):
    """Which of what is refused an answer tells, beside what it was asked with."""
    words = words_of(answer)
    return [each for each in refused if each in words and each not in asked]


def words_of(answer):
    """The text of an answer; of a spreadsheet all that is in it."""
    if not answer.headers.get("Content-Type", "").endswith("sheet"):
        return answer.text
    packed = zipfile.ZipFile(io.BytesIO(answer.content))
    return "".join(packed.read(name).decode() for name in packed.namelist())


@pytest.mark.parametrize("name", SHOWS)
def test_no_route_tells_anybody_what_the_route_that_shows_it_refuses_her(made, name):
    place, reads = made(name), 0
    gets = [route for route in public(place.service) if route.method == "GET"]
    for who in people(name):
        refused, token = place.refused(who), token_of(place.service, who)
        for route in gets:
            if not admits(route, "") and not any(map(who.holds, route.roles)):
                continue
            for path, query in asked(place, route):
                answer = place.service.http.get(path, params=query, token=token)
                assert tells(answer, refused - by_nature(place, route), path) == [], (who, path, answer.text)
                reads += answer.ok
    assert reads > 100


def test_a_repeat_tells_nobody_what_she_may_not_see_now(made):
    """By anybody else with the same key, and by whoever did it when her offices are others now, or none."""
    place, hidden = made("petition"), {}
    for sent, doer in place.sent:
        former = [replace(doer, roles={}), replace(doer, roles={"secretary": ("510183121",)})]
        others = [each for each in people("petition") if each.id != doer.id and each.id in CURIOUS]
        for who in (*former, *others):
            refused = hidden.get(str(who)) or hidden.setdefault(str(who), place.refused(who))
            answer = place.service.http.post(**sent, token=place.service.county.token(who))
            if tells(answer, refused, sent["path"]):  # unless she has written it herself just now
                assert tells(answer, place.refused(who), sent["path"]) == [], (sent, who, answer.text)
