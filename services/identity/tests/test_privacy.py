"""I08: one's own data, who was shown it, consent, erasure."""

from datetime import timedelta

import pytest

from chassis.domain import new_id, now
from contracts.identity.access import RoleEnded
from contracts.identity.villagers import PersonErased
from services.identity.domain.person import Person, masked_phone
from services.identity.domain.privacy import Consent, ConsentOutdated, ErasureRequest
from services.identity.domain.region import Region
from services.identity.service import IdentityService
from services.identity.store.privacy import privacy_policy

pytestmark = pytest.mark.feature("I08")
CITY, TOWN, VILLAGE, NEXT_VILLAGE = "510183", "510183122", "510183122211", "510183122212"
AT = now()


# rules


def somebody(**fields):
    return Person(**{"id": new_id(), "phone": b"sealed", "phone_digest": "digest", "name": b"sealed"} | fields)


def city():
    return Region.register(CITY, "邛崃市", None, AT)


def test_of_an_erased_person_only_the_id_stays():
    person = somebody(region=VILLAGE)
    person.grant("cityadmin", city(), None, "seed", AT)
    person.erase(AT)
    assert (person.phone, person.name, person.region, person.roles) == (None, None, None, [])
    assert (person.phone_digest, person.held(AT)) == (person.id, {})
    told = [fact.type for fact in person.recorded]
    assert told.count(PersonErased.wire()) == told.count(RoleEnded.wire()) == 1


def test_erasing_twice_is_erasing_once():
    person = somebody()
    person.erase(AT)
    person.erase(AT + timedelta(days=1))
    told = [fact.type for fact in person.recorded]
    assert (told.count(PersonErased.wire()), person.erased_at) == (1, AT)


def test_an_own_request_waits_some_days_one_on_paper_does_not():
    own, paper = ErasureRequest.ask("p", VILLAGE, 15, AT), ErasureRequest.on_paper("p", "admin", "QX-12", AT)
    assert (own.due_at - AT, own.done_at) == (timedelta(days=15), None)
    assert (paper.due_at, paper.done_at, paper.by) == (AT, AT, "admin")


def test_only_the_text_shown_now_can_be_accepted():
    assert Consent.accept("p", "2", "2", AT).text == "2"
    with pytest.raises(ConsentOutdated):
        Consent.accept("p", "1", "2", AT)


def test_a_masked_phone_keeps_seven_digits():
    assert masked_phone("+8613800138000") == "138****8000"


def test_the_shipped_policy_gives_days_and_a_text():
    assert privacy_policy().grace_days > 0
    assert {"version", "text", "withdrawal"} == privacy_policy().current.keys()


# the service


class Office:
    """identity with a small tree, an administrator of each kind, and two villagers."""

    def __init__(self, service, person):
        self.service, self.http, self.store = service, service.http, service.service
        service.config["PEERS"]["identity"] = service.url
        parent = None
        for id, place in [(CITY, "邛崃市"), (TOWN, "大同镇"), (VILLAGE, "陶坝村")]:
            parent = Region.register(id, place, parent, AT)
            self.store.regions.add(parent)
        self.store.regions.add(Region.register(NEXT_VILLAGE, "曙光村", self.store.regions.get(TOWN), AT))
        self.make = person
        self.admin = self.add("+8613900000001", "样例管理", VILLAGE, "villageadmin", VILLAGE)
        self.city = self.add("+8613900000002", "样例市管", None, "cityadmin", CITY)
        self.ann = self.add("+8613900000003", "王秀英", VILLAGE)
        self.bob = self.add("+8613900000004", "李建国", NEXT_VILLAGE)

    def add(self, phone, name, village, role=None, region=None):
        """Somebody of the store, with a token."""
        id, vault = new_id(), self.store.vault
        sealed = {"phone": vault.seal(id, phone), "phone_digest": vault.digest(f"phone:{phone}")}
        made = Person(id=id, region=village, name=vault.seal(id, name), **sealed)
        if role:
            made.grant(role, self.store.regions.get(region), None, "test", AT)
        self.store.people.add(made)
        return self.make(role or "villager", region or village, id=id, fresh=True)

    def look(self, administrator, person, reason="handle"):
        return self.http.post(f"/v1/people/{person.id}/looks", json={"reason": reason}, person=administrator)

    def opened(self):
        return [(row["who"], row["whom"], row["why"]) for row in self.service.database.reads.find().sort("_id")]


@pytest.fixture
def office(running, person):
    return Office(running(IdentityService, STRONG_LEVELS=""), person)


def test_names_are_masked_and_shown_for_a_reason_that_the_person_and_the_administrator_can_read(office):
    listed = office.http.get("/v1/people", params={"region": VILLAGE}, person=office.admin).json()["items"]
    assert [(row["name"], row["phone"]) for row in listed] == [("王*", "139****0003"), ("样*", "139****0001")]
    assert office.opened() == []
    for region in (TOWN, NEXT_VILLAGE):
        assert office.http.get("/v1/people", params={"region": region}, person=office.admin).status_code == 403

    assert office.look(office.admin, office.ann, reason="curious").status_code == 422
    assert office.look(office.admin, office.bob).status_code == 403
    assert office.look(office.ann, office.bob).status_code == 403
    assert office.opened() == []
    assert office.look(office.admin, office.ann).json()["name"] == "王秀英"
    office.service.internal("notify").get(f"/internal/v1/contacts/{office.ann.id}")
    asked = {"reader": office.city.id, "reason": "law"}
    office.service.internal("petition").get(f"/internal/v1/contacts/{office.ann.id}", params=asked)
    assert office.opened() == [
        (office.admin.id, [office.ann.id], "办理本人事项"),
        ("notify", [office.ann.id], "发送通知"),
        (office.city.id, [office.ann.id], "依法调取"),
    ]

    seen = office.http.get("/v1/me/reads", person=office.ann).json()["items"]
    assert [(row["who"], row["why"], row["service"]) for row in seen] == [
        (office.city.id, "依法调取", "identity"),
        ("notify", "发送通知", "identity"),
        (office.admin.id, "办理本人事项", "identity"),
    ]
    assert seen[2]["offices"] == [{"role": "villageadmin", "region": VILLAGE, "until": None}]
    assert office.http.get("/v1/me/reads", person=office.bob).json()["items"] == []

    month = {"month": f"{now() + timedelta(hours=8):%Y-%m}"}
    report = office.http.get("/v1/reads/report", params=month | {"region": VILLAGE}, person=office.admin).json()
    assert [(line["who"], line["why"], line["reads"]) for line in report["lines"]] == [
        (office.admin.id, "办理本人事项", 1)
    ]
    whole = office.http.get("/v1/reads/report", params=month | {"region": CITY}, person=office.city).json()
    assert len(whole["lines"]) == 3
    assert office.http.get("/v1/reads/report", params=month | {"region": CITY}, person=office.admin).status_code == 403


def test_she_takes_her_data_along_and_her_consent_back(office):
    text = office.http.get("/v1/consent").json()
    assert office.http.post("/v1/me/consents", json={"version": "0"}, person=office.ann).status_code == 409
    given = office.http.post("/v1/me/consents", json={"version": text["version"]}, person=office.ann)
    assert (given.status_code, given.json()["withdrawn_at"]) == (201, None)
    assert office.http.delete("/v1/me/consents", person=office.ann).status_code == 204
    assert office.http.delete("/v1/me/consents", person=office.ann).status_code == 404
    export = office.http.get("/v1/me/export", person=office.ann).json()
    assert (export["name"], export["phone"], export["region"]) == ("王秀英", "+8613900000003", None)
    assert [(row["version"], bool(row["withdrawn_at"])) for row in export["consents"]] == [(text["version"], True)]
    assert office.opened() == [(office.ann.id, [office.ann.id], "导出本人数据")]


def test_she_asks_to_be_erased_thinks_again_and_is_erased_when_the_days_are_over(office):
    def erasure(method):
        return office.http.request(method, "/v1/me/erasure", person=office.ann)

    assert erasure("DELETE").status_code == 404
    due = erasure("POST").json()["due_at"]
    assert due > (now() + timedelta(days=14)).isoformat()
    assert erasure("POST").status_code == 409
    assert erasure("DELETE").status_code == 204
    office.service.tick("erase_due")
    assert office.service.facts(PersonErased) == []
    erasure("POST")
    office.service.database.erasure_requests.update_many({"withdrawn_at": None}, {"$set": {"due_at": now()}})
    office.service.tick("erase_due")
    (fact,) = office.service.facts(PersonErased)
    assert (fact.subject, fact.regionid) == (office.ann.id, VILLAGE)
    assert office.store.vault.keys.count_documents({"keyAltNames": office.ann.id}) == 0


def test_on_paper_a_city_administrator_erases_at_once_and_the_phone_may_come_anew(office):
    row = office.service.database.people.find_one({"_id": office.ann.id})

    def erase(administrator, paper="QX-2026-1"):
        return office.http.post(f"/v1/people/{office.ann.id}/erasure", json={"paper": paper}, person=administrator)

    assert erase(office.admin).status_code == 403
    assert erase(office.city, paper="她说不想用了").status_code == 422
    office.service.database.sessions.insert_one({"_id": "s", "person": office.ann.id, "version": 1})
    assert erase(office.city).status_code == 204
    left = office.service.database.people.find_one({"_id": office.ann.id})
    assert (left["phone"], left["name"], left["region"]) == (None, None, None)
    assert office.service.database.sessions.count_documents({"person": office.ann.id}) == 0
    assert office.http.get("/v1/me/export", person=office.ann).json()["phone"] is None
    assert office.add("+8613900000003", "王秀英", VILLAGE).id != office.ann.id

    office.service.database.people.delete_one({"phone_digest": row["phone_digest"]})  # as an older backup has it
    office.service.database.events.delete_many({"subject": office.ann.id})
    office.service.database.people.replace_one({"_id": office.ann.id}, row)
    office.service.tick("erase_again")
    assert office.service.database.people.find_one({"_id": office.ann.id})["phone_digest"] == office.ann.id
