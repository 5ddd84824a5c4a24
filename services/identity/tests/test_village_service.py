"""Administrators, and those who may not, ask about grids, households and organisations."""

import pytest
from structlog.testing import capture_logs

from chassis.domain import new_id, now
from contracts.identity.access import RoleEnded, RoleGranted
from services.identity.domain.person import Person
from services.identity.domain.region import Region
from services.identity.service import IdentityService

CITY, TOWN, VILLAGE, HEIR = "510183", "510183122", "510183122211", "510183122212"
PLACES = {CITY: ("邛崃市", None), TOWN: ("大同镇", CITY), VILLAGE: ("陶坝村", TOWN), HEIR: ("曙光村", TOWN)}

grids, households, organisations = (pytest.mark.feature(id) for id in ("I06", "I06", "I09"))


class Client:
    """identity with two villages, four people and administrators: `admin` of 陶坝村, `heirs` of 曙光村, `city`."""

    def __init__(self, service, person):
        self.service, self.http, self.person = service, service.http, person
        stores, made = service.service, {}
        for id, (place, parent) in PLACES.items():
            made[id] = Region.register(id, place, made.get(parent), now())
            stores.regions.add(made[id])
        self.p = [self.somebody(stores, number) for number in range(4)]
        self.admin, self.heirs, self.city = (
            person("villageadmin", VILLAGE, fresh=True),
            person("villageadmin", HEIR, fresh=True),
            person("cityadmin", CITY, fresh=True),
        )

    def somebody(self, stores, number):
        id = new_id()
        seal, digest = stores.vault.seal, stores.vault.digest
        stores.people.add(
            Person(id=id, phone=seal(id, "0"), phone_digest=digest(str(number)), name=seal(id, f"样例{number}"))
        )
        return id

    def ask(self, method, path, who, **asked):
        """(status, answer) of a request."""
        answer = self.http.request(method, path, person=who, **asked)
        return answer.status_code, answer.json() if answer.content else None

    def post(self, path, who=None, **body):
        """The answer to a request that must succeed."""
        status, answer = self.ask("POST", path, who or self.admin, json=body)
        assert status in (200, 201), answer
        return answer

    def household(self, *people):
        members = [{"person": person, "relation": "other"} for person in people]
        return self.post("/v1/households", region=VILLAGE, members=members, representative=people[0])

    def merge(self):
        self.post(f"/v1/regions/{VILLAGE}/merger", self.city, into=HEIR)


@pytest.fixture
def client(running, person):
    return Client(running(IdentityService, FIXED_CODE="246810", STRONG_LEVELS=""), person)


@grids
def test_a_grid_is_opened_changed_and_closed_by_its_villages_administrator(client, person):
    team = [{"person": client.p[0], "duty": "gridworker"}, {"person": client.p[1], "duty": "contact"}]
    house = client.household(client.p[2])["id"]
    new = {"region": VILLAGE, "kind": "grid", "place": "第1网格", "team": team, "boundary": {"households": [house]}}
    assert client.ask("POST", "/v1/grids", client.heirs, json=new)[0] == 403
    assert client.ask("POST", "/v1/grids", client.admin, json=new | {"team": team[:1]})[1]["code"] == "team_too_small"
    unknown = new | {"boundary": {"households": ["unknown"]}}
    assert client.ask("POST", "/v1/grids", client.admin, json=unknown)[1]["code"] == "household_not_found"
    grid, part = client.post("/v1/grids", **new), None
    part = client.post("/v1/grids", **new | {"above": grid["id"], "place": "第2网格"})
    ring = [[103.46, 30.41], [103.47, 30.41], [103.47, 30.42], [103.46, 30.41]]
    change = {"boundary": {"polygon": {"type": "Polygon", "coordinates": [ring]}}}
    status, changed = client.ask("PUT", f"/v1/grids/{grid['id']}", client.admin, json=change)
    assert (status, len(changed["boundaries"]), changed["boundaries"][1]["polygon"]["coordinates"]) == (200, 2, [ring])
    open_ring = {"boundary": {"polygon": {"type": "Polygon", "coordinates": [[*ring[:3], [103.5, 30.5]]]}}}
    assert client.ask("PUT", f"/v1/grids/{grid['id']}", client.admin, json=open_ring)[0] == 422
    assert client.ask("DELETE", f"/v1/grids/{grid['id']}", client.admin)[1]["code"] == "has_parts"
    client.merge()
    assert client.ask("DELETE", f"/v1/grids/{part['id']}", client.heirs)[0] == 204
    shown = client.ask("GET", f"/v1/grids?region={HEIR}", person("secretary", HEIR))[1]["items"]
    assert [(each["place"], [member["person"] for member in each["team"]]) for each in shown] == [
        ("第1网格", client.p[:2])
    ]
    assert client.ask("GET", f"/v1/grids?region={HEIR}&on=2020-01-01", client.heirs)[1]["items"] == []


@households
def test_special_care_is_sealed_and_read_by_the_regions_administrators_with_a_reason_only(client, person):
    house = client.household(client.p[0], client.p[1])["id"]
    for marked, code in ((client.p[1], "elderly_alone"), (None, "minimum_income")):
        mark = client.post(f"/v1/households/{house}/marks", code=code, person=marked)["id"]
    assert b"elderly_alone" not in bytes(
        client.service.database.households.find_one({"_id": house})["marks"][0]["sealed"]
    )
    look = {"json": {"reason": "visit"}}
    for stranger, status in ((person("secretary", VILLAGE), 403), (client.heirs, 403), (person(), 403), (None, 401)):
        assert client.ask("POST", f"/v1/households/{house}/looks", stranger, **look)[0] == status
    for free in ({}, {"reason": "看望李四家 13912345678"}, {"reason": "走访慰问"}):
        assert client.ask("POST", f"/v1/households/{house}/looks", client.admin, json=free)[0] == 422
    assert client.service.database.reads.find_one() is None
    assert client.ask("DELETE", f"/v1/marks/{mark}", client.admin)[0] == 204
    client.merge()
    with capture_logs() as logs:
        (seen,) = client.post(f"/v1/households/{house}/looks", client.heirs, **look["json"])["marks"]
    assert (seen["code"], seen["person"]) == ("elderly_alone", client.p[1])
    (opened,) = [line for line in logs if line["event"] == "personal_data_opened"]
    assert opened["reason"] == "走访慰问" and client.heirs.id not in str(logs)
    client.service.service.vault.destroy(client.p[1])
    assert client.post(f"/v1/households/{house}/looks", client.heirs, **look["json"])["marks"] == []


@households
def test_nobody_lives_in_two_households(client):
    house = client.household(client.p[0])["id"]
    members = [{"person": person, "relation": "other"} for person in client.p[:2]]
    taken = {"region": VILLAGE, "members": members, "representative": client.p[1]}
    assert client.ask("POST", "/v1/households", client.admin, json=taken)[1]["code"] == "lives_elsewhere"
    status, composed = client.ask(
        "PUT", f"/v1/households/{house}", client.admin, json={k: taken[k] for k in ("members", "representative")}
    )
    assert (status, [member["person"] for member in composed["members"]]) == (200, client.p[:2])
    assert [each["id"] for each in client.ask("GET", f"/v1/households?region={VILLAGE}", client.admin)[1]["items"]] == [
        house
    ]


@organisations
def test_the_staff_of_a_department_holds_its_role_as_long_as_it_works_there(client, person):
    kinds = {"水务站": "department", "农技站": "department", "市交通局驻村队": "resident_unit"}
    new = [{"region": VILLAGE, "kind": kind, "place": place} for place, kind in kinds.items()]
    made = [client.post("/v1/organisations", client.city, **each)["id"] for each in new]
    worker = {"person": client.p[0], "post": "工作人员"}
    lines = [client.post(f"/v1/organisations/{id}/staff", client.city, **worker)["id"] for id in made]
    assert [fact.role for fact in client.service.facts(RoleGranted)] == ["departmentstaff"]
    public = client.ask("GET", f"/v1/organisations?region={VILLAGE}&kind=department", None)[1]["items"]
    assert [each["place"] for each in public] == ["农技站", "水务站"]
    colleague = person("departmentstaff", VILLAGE)
    directory = client.ask("GET", f"/v1/organisations/{made[0]}/staff", colleague)[1]["items"]
    assert [(each["name"], each["post"]) for each in directory] == [("样例0", "工作人员")]
    assert client.ask("GET", f"/v1/organisations/{made[0]}/staff", person())[0] == 403
    inside = client.service.internal("petition").get(f"/internal/v1/organisations/{made[0]}/staff").json()
    assert inside == [{"person": client.p[0], "post": "工作人员"}]
    for line, ended in zip(lines, (0, 1, 1), strict=True):
        assert client.ask("DELETE", f"/v1/staff/{line}", client.admin)[0] == 204
        assert len(client.service.facts(RoleEnded)) == ended


@organisations
def test_a_department_is_the_towns_or_the_citys_to_make_and_nobody_employs_herself(client, person):
    new = {"region": VILLAGE, "kind": "department", "place": "水务站"}
    refused = client.ask("POST", "/v1/organisations", client.admin, json=new)
    assert (refused[0], refused[1]["code"]) == (403, "outside_scope")
    assert client.post("/v1/organisations", **new | {"kind": "shop"})["kind"] == "shop"
    town = person("townadmin", TOWN, id=client.p[1], fresh=True)
    staff = f"/v1/organisations/{client.post('/v1/organisations', town, **new)['id']}/staff"
    for who, employed, code in ((client.admin, client.p[0], "outside_scope"), (town, client.p[1], "own_post")):
        asked = {"person": employed, "post": "站长"}
        assert client.ask("POST", staff, who, json=asked)[1]["code"] == code
    assert client.service.facts(RoleGranted) == []
    client.post(staff, town, person=client.p[0], post="站长")
    (granted,) = client.service.facts(RoleGranted)
    assert (granted.subject, granted.role) == (client.p[0], "departmentstaff")
