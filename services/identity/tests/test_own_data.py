"""I06, I08: one's own household and data; what is left of both by consent withdrawn, departure and erasure."""

import pytest

from chassis.domain import new_id, now
from contracts.identity.members import HouseholdDissolved, RepresentativeLeft
from contracts.identity.villagers import ErasureAsked, ErasureWithdrawn, VillagerLeft, VillagerRefused
from services.identity.domain.grid import Grid, Member
from services.identity.domain.id_card import IdCard
from services.identity.domain.session import Session
from services.identity.service import IdentityService
from services.identity.store.privacy import privacy_policy
from services.identity.tests.test_privacy import VILLAGE, Office

TEXT = {"version": privacy_policy().current["version"]}
PERSON = {"name": "王秀英", "id_number": "11010519491231002X", "region": VILLAGE}


@pytest.fixture
def office(running, person):
    return Office(running(IdentityService, STRONG_LEVELS=""), person)


def post(office, path, who, status=201, **body):
    answer = office.http.post(path, json=body, person=who)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


def document(office, who):
    """A picture, as an upload leaves it."""
    row = {"_id": new_id(), "person": who.id, "uploaded_at": now(), "application": None, "over": False}
    office.store.pictures.insert(row | {"sealed": office.store.vault.seal(row["_id"], b"\xff\xd8")})
    return row["_id"]


def household(office, *people):
    members = [{"person": each.id, "relation": "other"} for each in people]
    asked = {"region": VILLAGE, "members": members, "representative": people[0].id}
    return post(office, "/v1/households", office.admin, **asked)["id"]


@pytest.mark.feature("I06")
def test_she_reads_her_own_household_and_leaves_it_with_the_village(office):
    carl, elsewhere = office.add("+8613900000005", "王大明", VILLAGE), office.bob
    house = household(office, office.ann, carl)
    for person, code in ((office.ann.id, "disabled"), (None, "minimum_income")):
        post(office, f"/v1/households/{house}/marks", office.admin, code=code, person=person)
    own = office.http.get("/v1/me/household", person=carl).json()
    assert [member["name"] for member in own["members"]] == ["王*", "王*"]
    assert [mark["code"] for mark in own["marks"]] == ["minimum_income"]
    assert office.http.get("/v1/me/household", person=elsewhere).json()["code"] == "household_not_found"

    post(office, f"/v1/villagers/{office.ann.id}/departure", office.admin, 204, reason="moved_out")
    own = office.http.get("/v1/me/household", person=carl).json()
    assert (own["representative"], [member["person"] for member in own["members"]]) == (None, [carl.id])
    assert [fact.subject for fact in office.service.facts(RepresentativeLeft)] == [house]
    assert household(office, office.ann) != house
    post(office, f"/v1/villagers/{carl.id}/departure", office.admin, 204, reason="died")
    assert [fact.subject for fact in office.service.facts(HouseholdDissolved)] == [house]

    second = office.http.get("/v1/households", params={"region": VILLAGE}, person=office.admin).json()["items"][0]["id"]
    for status, code in ((204, None), (409, "household_gone")):
        answer = office.http.delete(f"/v1/households/{second}", person=office.admin)
        assert (answer.status_code, answer.json()["code"] if answer.content else None) == (status, code)


@pytest.mark.feature("I08")
def test_without_consent_nobody_applies_and_who_withdraws_it_is_verified_no_more(office):
    ask = PERSON | {"picture": document(office, office.ann)}
    assert post(office, "/v1/applications", office.ann, 409, **ask)["code"] == "consent_needed"
    post(office, "/v1/me/consents", office.ann, **TEXT)
    post(office, "/v1/applications", office.ann, **ask)
    assert "不再是认证村民" in office.http.get("/v1/consent").json()["withdrawal"]
    assert office.http.delete("/v1/me/consents", person=office.ann).status_code == 204
    (left,), (refused,) = office.service.facts(VillagerLeft), office.service.facts(VillagerRefused)
    assert (left.reason, refused.reason, refused.clocks[0]["order"]) == ("consent_withdrawn", "withdrawn", "stop")
    assert list(office.service.database.pictures.find({"sealed": {"$ne": None}})) == []
    assert office.http.get("/v1/applications/mine", person=office.ann).json()["state"] == "refused"
    assert post(office, "/v1/applications", office.ann, 409, **ask)["code"] == "consent_needed"


@pytest.mark.feature("I08")
def test_she_is_told_when_her_erasure_is_asked_for_and_withdrawn(office):
    post(office, "/v1/me/erasure", office.ann, 202)
    assert office.http.delete("/v1/me/erasure", person=office.ann).status_code == 204
    asked, withdrawn = (office.service.facts(fact) for fact in (ErasureAsked, ErasureWithdrawn))
    assert [(fact.person, fact.days) for fact in asked] == [(office.ann.id, privacy_policy().grace_days)]
    assert [fact.person for fact in withdrawn] == [office.ann.id]


@pytest.fixture
def involved(office):
    """Ann wherever identity can have somebody."""
    ann, store = office.ann, office.store
    post(office, "/v1/me/consents", ann, **TEXT)
    post(office, "/v1/applications", ann, **PERSON | {"picture": document(office, ann)})
    assert office.http.put("/v1/me/password", json={"password": "河畔 竹林 七月 雨"}, person=ann).status_code == 204
    with store.people.edit(ann.id) as person:
        person.bind_wechat(store.vault.seal(ann.id, "oLVPpjqs9Bhv"), "digest of an openid", now())
    store.sessions.add(Session.start(ann.id, now(), "微信", "118.112.*.*"))
    store.cards.add(IdCard(id=new_id(), digest=store.vault.digest("number"), person=ann.id))
    house = household(office, ann, office.add("+8613900000006", "赵六", VILLAGE))
    post(office, f"/v1/households/{house}/marks", office.admin, code="disabled", person=ann.id)
    bureau = post(office, "/v1/organisations", office.city, region=VILLAGE, kind="department", place="水务站")["id"]
    post(office, f"/v1/organisations/{bureau}/staff", office.city, person=ann.id, post="站长")
    team = [Member(person=ann.id, duty=duty) for duty in ("gridworker", "contact")]
    store.grids.add(
        Grid.open(new_id(), VILLAGE, "grid", "一网格", None, team, {"households": [], "polygon": {}}, now())
    )
    branch = post(office, "/v1/organisations", office.admin, region=VILLAGE, kind="party_branch", place="陶坝村党支部")
    first, second = (office.make("secretary", VILLAGE) for _ in range(2))
    asked = {"person": ann.id, "standing": "probationary", "joined_on": "2020-01-01"}
    member = post(office, f"/v1/branches/{branch['id']}/members", first, **asked)["id"]
    post(office, f"/v1/members/{member}/decision", second, 200, granted=True)
    until = "2027-01-01T00:00:00+08:00"
    post(office, "/v1/mandates", ann, helper=office.bob.id, acts=["letters"], until=until)
    return office


@pytest.mark.feature("I08")
def test_all_she_takes_along_is_gone_when_she_is_erased(involved):
    export = involved.http.get("/v1/me/export", person=involved.ann).json()
    assert [name for name, part in export.items() if part in (None, [])] == ["verified_until", "erasures"]
    assert [each["kind"] for each in export["credentials"]] == ["password"]
    assert (export["household"]["representative"], export["marks"][0]["code"]) == (True, "disabled")
    assert (export["posts"][0]["post"], len(export["duties"])) == ("站长", 2)
    assert not {"password", "current", "typed"} & {key for part in rows(export) for key in part}

    post(involved, f"/v1/people/{involved.ann.id}/erasure", involved.city, 204, paper="QX-2026-1")
    involved.service.tick("destroy_picture")
    database = involved.service.database
    found = {name: list(database[name].find()) for name in database.list_collection_names()}
    naming = {name: [row for row in kept if involved.ann.id in repr(row)] for name, kept in found.items()}
    log = {"events", "outbox", "reads", "refusals", "revocations", "inbox", "signals"}
    assert {name for name, kept in naming.items() if kept} - log == {"people", "erasure_requests", "consents"}
    (person,), (request,), (consent,) = (naming[name] for name in ("people", "erasure_requests", "consents"))
    technical = {"_id", "phone_digest", "version", "sequence", "told_id", "told_at", "erased_at"}
    assert {name for name, value in person.items() if value} == technical
    assert (request["region"], consent["region"], consent["withdrawn_at"]) == (None, None, request["done_at"])
    for secret in ("王秀英", "13900000003", PERSON["id_number"], "disabled", "openid"):
        assert secret not in repr(found)
    assert involved.store.vault.keys.count_documents({"keyAltNames": involved.ann.id}) == 0
    assert involved.http.get("/v1/me/export", person=involved.ann).json()["posts"] == []


def rows(part):
    """Every object in an answer."""
    if isinstance(part, dict):
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from rows(inner)
