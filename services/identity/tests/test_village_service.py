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


class Desk:
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
def desk(running, person):
    return Desk(running(IdentityService, FIXED_CODE="246810", STRONG_LEVELS=""), person)


@grids
def test_a_grid_is_opened_changed_and_closed_by_its_villages_administrator(desk, person):
    team = [{"person": desk.p[0], "duty": "gridworker"}, {"person": desk.p[1], "duty": "contact"}]
    house = desk.household(desk.p[2])["id"]
    new = {"region": VILLAGE, "kind": "grid", "place": "第1网格", "team": team, "boundary": {"households": [house]}}
    assert desk.ask("POST", "/v1/grids", desk.heirs, json=new)[0] == 403
    assert desk.ask("POST", "/v1/grids", desk.admin, json=new | {"team": team[:1]})[1]["code"] == "team_too_small"
    unknown = new | {"boundary": {"households": ["unknown"]}}
    assert desk.ask("POST", "/v1/grids", desk.admin, json=unknown)[1]["code"] == "household_not_found"
    grid, part = desk.post("/v1/grids", **new), None
    part = desk.post("/v1/grids", **new | {"above": grid["id"], "place": "第2网格"})
    ring = [[103.46, 30.41], [103.47, 30.41], [103.47, 30.42], [103.46, 30.41]]
    change = {"boundary": {"polygon": {"type": "Polygon", "coordinates": [ring]}}}
    status, changed = desk.ask("PUT", f"/v1/grids/{grid['id']}", desk.admin, json=change)
    assert (status, len(changed["boundaries"]), changed["boundaries"][1]["polygon"]["coordinates"]) == (200, 2, [ring])
    open_ring = {"boundary": {"polygon": {"type": "Polygon", "coordinates": [[*ring[:3], [103.5, 30.5]]]}}}
    assert desk.ask("PUT", f"/v1/grids/{grid['id']}", desk.admin, json=open_ring)[0] == 422
    assert desk.ask("DELETE", f"/v1/grids/{grid['id']}", desk.admin)[1]["code"] == "has_parts"
    desk.merge()
    assert desk.ask("DELETE", f"/v1/grids/{part['id']}", desk.heirs)[0] == 204
    shown = desk.ask("GET", f"/v1/grids?region={HEIR}", person("secretary", HEIR))[1]["items"]
    assert [(each["place"], [member["person"] for member in each["team"]]) for each in shown] == [
        ("第1网格", desk.p[:2])
    ]
    assert desk.ask("GET", f"/v1/grids?region={HEIR}&on=2020-01-01", desk.heirs)[1]["items"] == []


@households
def test_special_care_is_sealed_and_read_by_the_regions_administrators_with_a_reason_only(desk, person):
    house = desk.household(desk.p[0], desk.p[1])["id"]
    for marked, code in ((desk.p[1], "elderly_alone"), (None, "minimum_income")):
        mark = desk.post(f"/v1/households/{house}/marks", code=code, person=marked)["id"]
    assert b"elderly_alone" not in bytes(
        desk.service.database.households.find_one({"_id": house})["marks"][0]["sealed"]
    )
    look = {"json": {"reason": "visit"}}
    for stranger, status in ((person("secretary", VILLAGE), 403), (desk.heirs, 403), (person(), 403), (None, 401)):
        assert desk.ask("POST", f"/v1/households/{house}/looks", stranger, **look)[0] == status
    for free in ({}, {"reason": "看望李四家 13912345678"}, {"reason": "走访慰问"}):
        assert desk.ask("POST", f"/v1/households/{house}/looks", desk.admin, json=free)[0] == 422
    assert desk.service.database.reads.find_one() is None
    assert desk.ask("DELETE", f"/v1/marks/{mark}", desk.admin)[0] == 204
    desk.merge()
    with capture_logs() as logs:
        (seen,) = desk.post(f"/v1/households/{house}/looks", desk.heirs, **look["json"])["marks"]
    assert (seen["code"], seen["person"]) == ("elderly_alone", desk.p[1])
    (opened,) = [line for line in logs if line["event"] == "personal_data_opened"]
    assert opened["reason"] == "走访慰问" and desk.heirs.id not in str(logs)
    desk.service.service.vault.destroy(desk.p[1])
    assert desk.post(f"/v1/households/{house}/looks", desk.heirs, **look["json"])["marks"] == []


@households
def test_nobody_lives_in_two_households(desk):
    house = desk.household(desk.p[0])["id"]
    members = [{"person": person, "relation": "other"} for person in desk.p[:2]]
    taken = {"region": VILLAGE, "members": members, "representative": desk.p[1]}
    assert desk.ask("POST", "/v1/households", desk.admin, json=taken)[1]["code"] == "lives_elsewhere"
    status, composed = desk.ask(
        "PUT", f"/v1/households/{house}", desk.admin, json={k: taken[k] for k in ("members", "representative")}
    )
    assert (status, [member["person"] for member in composed["members"]]) == (200, desk.p[:2])
    assert [each["id"] for each in desk.ask("GET", f"/v1/households?region={VILLAGE}", desk.admin)[1]["items"]] == [
        house
    ]


@organisations
def test_the_staff_of_a_department_holds_its_role_as_long_as_it_works_there(desk, person):
    kinds = {"水务站": "department", "农技站": "department", "市交通局驻村队": "resident_unit"}
    new = [{"region": VILLAGE, "kind": kind, "place": place} for place, kind in kinds.items()]
    made = [desk.post("/v1/organisations", desk.city, **each)["id"] for each in new]
    worker = {"person": desk.p[0], "post": "工作人员"}
    lines = [desk.post(f"/v1/organisations/{id}/staff", desk.city, **worker)["id"] for id in made]
    assert [fact.role for fact in desk.service.facts(RoleGranted)] == ["departmentstaff"]
    public = desk.ask("GET", f"/v1/organisations?region={VILLAGE}&kind=department", None)[1]["items"]
    assert [each["place"] for each in public] == ["农技站", "水务站"]
    colleague = person("departmentstaff", VILLAGE)
    directory = desk.ask("GET", f"/v1/organisations/{made[0]}/staff", colleague)[1]["items"]
    assert [(each["name"], each["post"]) for each in directory] == [("样例0", "工作人员")]
    assert desk.ask("GET", f"/v1/organisations/{made[0]}/staff", person())[0] == 403
    inside = desk.service.internal("petition").get(f"/internal/v1/organisations/{made[0]}/staff").json()
    assert inside == [{"person": desk.p[0], "post": "工作人员"}]
    for line, ended in zip(lines, (0, 1, 1), strict=True):
        assert desk.ask("DELETE", f"/v1/staff/{line}", desk.admin)[0] == 204
        assert len(desk.service.facts(RoleEnded)) == ended


@organisations
def test_a_department_is_the_towns_or_the_citys_to_make_and_nobody_employs_herself(desk, person):
    new = {"region": VILLAGE, "kind": "department", "place": "水务站"}
    refused = desk.ask("POST", "/v1/organisations", desk.admin, json=new)
    assert (refused[0], refused[1]["code"]) == (403, "outside_scope")
    assert desk.post("/v1/organisations", **new | {"kind": "shop"})["kind"] == "shop"
    town = person("townadmin", TOWN, id=desk.p[1], fresh=True)
    staff = f"/v1/organisations/{desk.post('/v1/organisations', town, **new)['id']}/staff"
    for who, employed, code in ((desk.admin, desk.p[0], "outside_scope"), (town, desk.p[1], "own_post")):
        asked = {"person": employed, "post": "站长"}
        assert desk.ask("POST", staff, who, json=asked)[1]["code"] == code
    assert desk.service.facts(RoleGranted) == []
    desk.post(staff, town, person=desk.p[0], post="站长")
    (granted,) = desk.service.facts(RoleGranted)
    assert (granted.subject, granted.role) == (desk.p[0], "departmentstaff")
