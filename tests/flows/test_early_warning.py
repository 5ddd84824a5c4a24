"""风险预警: what somebody does in one service, and what identity makes of it."""

import pytest

from chassis.auth.people import Person
from chassis.domain import now
from chassis.privacy.access_log import Reads
from contracts.identity.access import RiskRaised
from contracts.identity.sign_in import ProbingFound
from services.identity.domain.person import Person as Kept
from services.identity.domain.region import Region
from services.identity.domain.session import Session
from services.identity.service import IdentityService
from services.petition.service import PetitionService

pytestmark = pytest.mark.feature("I10")
NOBODY = "http://127.0.0.1:9"  # a service that is away hides no other
CITY, TOWN = "510183", "510183122"


class Watch:
    """petition, watched by identity, which knows a town's secretary."""

    def __init__(self, running, regions, policy):
        self.petition = running(PetitionService, POLICY_FILE=str(policy), CLUE_SEAL="", CLUE_MAIL="")
        regions(self.petition)
        peers = {"petition": self.petition.url, "absent": NOBODY}
        self.identity = running(IdentityService, peers=peers, STRONG_LEVELS="")
        self.secretary = Person("curious", None, {"secretary": (TOWN,)})
        self.admin, self.discipline = (Person(role, None, {role: (CITY,)}) for role in ("cityadmin", "discipline"))
        identity = self.identity.service
        city = Region.register(CITY, "邛崃市", None, now())
        town = Region.register(TOWN, "大同镇", city, now())
        kept = Kept(id="curious", phone=identity.vault.seal("curious", "+8613800138000"), phone_digest="d")
        kept.grant("secretary", town, None, "test", now())
        for region in (city, town):
            identity.regions.add(region)
        identity.people.add(kept)

    def probe(self, path, times):
        for _ in range(times):
            assert self.petition.http.get(path, person=self.secretary).status_code in (403, 404)

    def raised(self):
        """(rule, about, region, count) of what identity has told."""
        self.identity.tick("watch")
        told = [fact.data for fact in self.identity.facts(RiskRaised)]
        return sorted((each["rule"], each["about"], each["region"], each["count"]) for each in told)

    def alarms(self, person):
        return self.identity.http.get("/v1/risks", person=person)


@pytest.fixture
def watch(running, regions, pytestconfig):
    return Watch(running, regions, pytestconfig.rootpath / "services" / "petition" / "policy.json")


def test_a_stranger_who_tries_claim_codes_is_told_of_as_a_network(watch):
    guess = {"number": "QL-2026-000001", "code": "0" * 16}
    answers = {watch.petition.http.post("/v1/claims", json=guess).status_code for _ in range(99)}
    assert watch.raised() == []
    answers.add(watch.petition.http.post("/v1/claims", json=guess).status_code)
    clue = watch.petition.http.post("/v1/clues/claims", json={"code": "2" * 28})
    assert (answers, clue.status_code) == ({404}, 404)  # of the clue nothing is kept
    watch.identity.tick("watch")
    watch.identity.tick("watch")
    (told,) = watch.identity.facts(ProbingFound)
    (name,) = watch.petition.database.refusals.distinct("who")
    assert (told.data["rule"], told.data["network"], told.data["count"]) == ("stranger_probing", name, 100)
    assert watch.raised() == []


def test_who_probes_or_reads_too_much_is_told_of_once_and_reviewed_by_somebody_else(watch):
    watch.probe("/v1/office/clues", 9)
    unnamed = [watch.petition.http.post("/v1/petitions", json={}, person=watch.secretary) for _ in range(3)]
    assert {answer.status_code for answer in unnamed} == {403}
    assert watch.petition.database.refusals.count_documents({}) == 9
    assert watch.raised() == []
    watch.probe("/v1/office/clues", 1)
    assert watch.raised() == [("scope_probing", "curious", TOWN, 10)]
    watch.probe("/v1/petitions/QL-2026-000001", 30)
    Reads(watch.petition.database).keep("curious", {f"villager-{n}" for n in range(100)}, "查看来信")
    Reads(watch.petition.database).keep("notify", {f"villager-{n}" for n in range(100)}, "发送通知")
    expected = {"enumeration", "mass_reads", "scope_probing"}
    assert expected <= {rule for rule, *_ in watch.raised()}
    for network in ("118.112.*.*", "171.88.*.*", "223.85.*.*"):
        watch.identity.service.sessions.add(Session.start("curious", now(), "微信", network))
    told = watch.raised()
    assert watch.raised() == told
    assert ("several_places", "curious", TOWN, 3) in told
    assert {about for _, about, *_ in told} == {"curious"}

    assert watch.alarms(watch.secretary).status_code == 403
    alarm = watch.alarms(watch.admin).json()["items"][-1]
    assert (alarm["name"], alarm["count"]) == ("反复访问权限以外的内容", 10)
    review = f"/v1/risks/{alarm['id']}/review"
    assert watch.identity.http.post(review, json={"outcome": "misuse"}, person=watch.discipline).status_code == 200
    again = watch.identity.http.post(review, json={"outcome": "justified"}, person=watch.admin)
    assert again.json()["code"] == "already_reviewed"
    assert alarm["id"] not in {each["id"] for each in watch.alarms(watch.admin).json()["items"]}
