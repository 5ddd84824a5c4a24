"""What people and services ask identity, on a real broker and database."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from functools import partial

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.domain import new_id, now
from chassis.testing import wait_until
from contracts.identity.access import ChallengeIssued, RoleEnded, RoleGranted
from contracts.identity.regions import RegionRegistered
from contracts.identity.villagers import VillagerVerified
from services.identity.domain.office import APPOINTS, ROLES
from services.identity.schemas.regions import SHANGHAI
from services.identity.service import IdentityService
from services.identity.tests.conftest import CITY, NEXT_VILLAGE, TOWN, VILLAGE

PHONE = "+8613800138000"
REGION_CHANGES = [
    ("post", "/v1/regions", {"code": "510183122250", "place": "新村", "parent": TOWN}),
    ("put", f"/v1/regions/{VILLAGE}/name", {"place": "新村"}),
    ("put", f"/v1/regions/{VILLAGE}/parent", {"parent": CITY}),
    ("post", f"/v1/regions/{VILLAGE}/merger", {"into": NEXT_VILLAGE}),
]


def request_code(here, phone=PHONE):
    return here.http.post("/v1/challenges", json={"phone": phone})


def reveal(here, challenge):
    return here.internal("notify").get(f"/internal/v1/challenges/{challenge}")


def sign_in(here, phone=PHONE):
    """The answer to a whole sign-in by SMS code."""
    challenge = request_code(here, phone).json()["challenge"]
    return here.http.post("/v1/sessions", json={"challenge": challenge, "code": reveal(here, challenge).json()["code"]})


def confirm(here, token):
    """An access token for what outlives the session, by a code sent to the phone of who has this one."""
    here.database.quotas.delete_many({})
    challenge = here.http.post("/v1/me/confirmations", token=token).json()["challenge"]
    given = {"challenge": challenge, "code": reveal(here, challenge).json()["code"]}
    return here.http.post("/v1/sessions/current/confirmation", json=given, token=token).json()["access_token"]


def wrong(code):
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}d}"


def refused(response, status, code):
    """The answer is a problem with this status and code and a Chinese sentence."""
    problem = response.json()
    assert (response.status_code, problem["code"]) == (status, code)
    assert any("\u4e00" <= character <= "\u9fff" for character in problem["detail"])
    return True


@pytest.mark.feature("I01")
class TestRegions:
    def test_anybody_walks_down_the_tree(self, here):
        assert [region["id"] for region in here.http.get("/v1/regions").json()["items"]] == [CITY]
        below = here.http.get("/v1/regions", json=None, params={"parent": TOWN}).json()["items"]
        assert [region["place"] for region in below] == ["陶坝村", "曙光村"]
        village = here.http.get(f"/v1/regions/{VILLAGE}").json()
        expected = {"id": VILLAGE, "code": VILLAGE, "place": "陶坝村", "parent": TOWN, "level": "village", "heir": None}
        assert village == expected | {"path": [VILLAGE, TOWN, CITY]}

    def test_an_unknown_region_or_a_nonsense_parent_is_refused(self, here):
        assert refused(here.http.get("/v1/regions/510199"), 404, "unknown_region")
        assert refused(here.http.get("/v1/regions", params={"parent": "x"}), 400, "invalid_query")
        assert refused(here.http.get("/v1/regions", params={"under": TOWN}), 400, "invalid_query")

    def test_villages_are_registered_renamed_moved_and_merged_and_found_by_any_code_they_had(self, here, person):
        admin, change = person("cityadmin", CITY), partial(change_region, here)
        made = {"code": "510183122250", "place": "新村", "parent": TOWN}
        assert change(admin, "post", "/v1/regions", **made)["id"] == made["code"]
        assert change(admin, "put", f"/v1/regions/{made['code']}/name", code="510183122299")["place"] == "新村"
        assert change(admin, "post", f"/v1/regions/{VILLAGE}/merger", into=made["code"])["heir"] == made["code"]
        assert [f.type.split(".")[1] for f in here.facts()[4:]] == [
            "region_registered", "region_renamed", "region_merged"]  # fmt: skip
        below = here.http.get("/v1/regions", params={"parent": TOWN}).json()["items"]
        assert [region["code"] for region in below] == [NEXT_VILLAGE, "510183122299"]
        today, past = now().astimezone(SHANGHAI).date(), "2020-01-01"
        for code, on, found in [(VILLAGE, None, [VILLAGE]), (made["code"], today, []), ("510183122299", past, [])]:
            items = here.http.get("/v1/regions", params={"code": code, "on": on}).json()["items"]
            assert [region["id"] for region in items] == found
        life = here.http.get(f"/v1/regions/{made['code']}/history").json()
        assert [spell["code"] for spell in life["history"]] == [made["code"], "510183122299"]
        assert (life["merged"], life["heir"]) == ([VILLAGE], None)

    def test_a_plan_is_tried_first_and_then_carried_out(self, here, person):
        plan = "办理,区划代码,并入代码,上级代码,新代码,新地名\r\n合并,510183122211,510183122212,,,".encode()
        for query, heir in ("?dry_run=true", None), ("", NEXT_VILLAGE):
            asked = {"data": plan, "headers": {"Content-Type": "text/csv"}, "person": person("cityadmin", CITY)}
            step = {"line": 2, "deed": "合并", "region": VILLAGE, "heir": NEXT_VILLAGE}
            assert here.http.post(f"/v1/region-plans{query}", **asked).json()["steps"][0].items() >= step.items()
            assert here.http.get(f"/v1/regions/{VILLAGE}").json()["heir"] == heir
        assert refused(here.http.post("/v1/region-plans", **asked), 422, "plan_refused")

    def test_only_the_citys_administrator_changes_the_tree(self, here, person):
        for role, region in [("townadmin", TOWN), ("villageadmin", VILLAGE), (None, None), ("cityadmin", "510199")]:
            for method, path, body in REGION_CHANGES:
                answer = getattr(here.http, method)(path, json=body, person=person(role, region))
                assert answer.status_code == 403, path
        assert len(here.facts()) == 4

    def test_the_office_of_a_merged_village_is_its_heirs(self, here, person, somebody):
        holders = [somebody("+8613700137001", "secretary", VILLAGE), somebody(PHONE, "secretary", NEXT_VILLAGE)]
        change_region(here, person("cityadmin", CITY), "post", f"/v1/regions/{VILLAGE}/merger", into=NEXT_VILLAGE)
        for region in (VILLAGE, NEXT_VILLAGE):
            found = here.internal("notify").get("/internal/v1/contacts", params={"role": "secretary", "region": region})
            assert [each["person"] for each in found.json()] == [holder.id for holder in holders]


def change_region(here, admin, method, path, **body):
    """The region after a change that succeeds."""
    answer = getattr(here.http, method)(path, json=body, person=admin)
    assert answer.ok, answer.text
    return answer.json()


@pytest.mark.feature("I05")
class TestSignIn:
    def test_an_unknown_phone_becomes_a_person_who_is_not_verified(self, here):
        answer = sign_in(here)
        assert answer.status_code == 201
        assert (answer.json()["region"], answer.json()["roles"]) == (None, {})
        assert answer.json()["expires_in"] == 600

    def test_the_same_phone_is_the_same_person_however_it_is_written(self, here):
        person = sign_in(here, "138 0013 8000").json()["person"]
        here.database.quotas.delete_many({})
        assert sign_in(here, "+86-138-0013-8000").json()["person"] == person

    def test_a_known_and_an_unknown_phone_get_the_same_answer(self, here, somebody):
        somebody(PHONE)
        known, unknown = request_code(here, PHONE), request_code(here, "13700137000")
        assert known.status_code == unknown.status_code == 202
        assert known.json().keys() == unknown.json().keys() == {"challenge", "expires_at"}
        assert refused(request_code(here, PHONE), 429, "codes_too_often")
        assert refused(request_code(here, "13700137000"), 429, "codes_too_often")

    def test_the_fact_of_a_challenge_carries_its_id_and_its_end_only(self, here):
        challenge = request_code(here).json()["challenge"]
        (fact,) = here.facts(ChallengeIssued)
        assert (fact.subject, set(fact.data), fact.regionid) == (challenge, {"expires_at"}, None)

    def test_notify_reads_phone_and_code_until_the_code_is_used(self, here):
        challenge = request_code(here).json()["challenge"]
        secret = reveal(here, challenge).json()
        assert secret["phone"] == PHONE
        here.http.post("/v1/sessions", json={"challenge": challenge, "code": secret["code"]})
        assert refused(reveal(here, challenge), 404, "challenge_gone")
        assert refused(reveal(here, "unknown"), 404, "challenge_gone")

    def test_nobody_reads_a_code_after_five_minutes(self, here, monkeypatch):
        challenge = request_code(here).json()["challenge"]
        past = now() - timedelta(minutes=5)
        here.database.challenges.update_one({"_id": challenge}, {"$set": {"expires_at": past}})
        assert refused(reveal(here, challenge), 404, "challenge_gone")

    def test_phone_and_code_are_wiped_when_used_or_over(self, here):
        challenge = sign_in(here) and here.database.challenges.find_one()["_id"]
        here.tick("forget_code")
        assert here.database.challenges.find_one()["sealed"] is None
        vault = here.database.client[f"{here.database.name}_vault"]
        assert vault["keys"].count_documents({"keyAltNames": challenge}) == 0

    def test_wrong_used_unknown_and_overtried_codes_get_the_same_answer(self, here):
        challenge = request_code(here).json()["challenge"]
        code = reveal(here, challenge).json()["code"]
        tries = [{"challenge": challenge, "code": wrong(code)}] * 5 + [{"challenge": challenge, "code": code}]
        answers = [here.http.post("/v1/sessions", json=each) for each in [*tries, {"challenge": "x", "code": code}]]
        assert all(refused(answer, 401, "sign_in_failed") for answer in answers)
        assert len({answer.text for answer in answers}) == 1
        assert here.database.people.count_documents({}) == 0

    def test_a_code_signs_in_once(self, here):
        challenge = request_code(here).json()["challenge"]
        given = {"challenge": challenge, "code": reveal(here, challenge).json()["code"]}
        assert here.http.post("/v1/sessions", json=given).status_code == 201
        assert refused(here.http.post("/v1/sessions", json=given), 401, "sign_in_failed")

    def test_a_sample_phone_has_the_fixed_code(self, here):
        challenge = request_code(here, "19900000001").json()["challenge"]
        given = {"challenge": challenge, "code": "246810"}
        assert here.http.post("/v1/sessions", json=given).status_code == 201

    @pytest.mark.parametrize("phone", ["", "12345", "028-88888888", "+1 202 555 0100", "x", 13800138000, None])
    def test_what_is_no_mainland_mobile_number_is_refused(self, here, phone):
        assert refused(request_code(here, phone), 422, "invalid_body")
        assert here.facts() == here.facts(RegionRegistered)

    @pytest.mark.parametrize("body", [{}, {"challenge": "c"}, {"challenge": "c", "code": "12345"}, {"code": "123456"}])
    def test_a_sign_in_needs_a_challenge_and_six_digits(self, here, body):
        assert refused(here.http.post("/v1/sessions", json=body), 422, "invalid_body")


@pytest.mark.feature("I05")
class TestTokens:
    def claims(self, here, token, path="/.well-known/jwks.json"):
        keys = jwt.PyJWKSet.from_dict(here.http.get(path).json())
        of = {"issuer": "identity", "audience": here.config["COUNTY"]}
        return jwt.decode(token, keys[jwt.get_unverified_header(token)["kid"]], ["EdDSA"], **of)

    def test_an_access_token_says_who_where_and_what_for_ten_minutes(self, here, somebody):
        holder = somebody(PHONE, "secretary", TOWN)
        claims = self.claims(here, sign_in(here).json()["access_token"])
        assert (claims["sub"], claims["region"], claims["roles"]) == (holder.id, None, {"secretary": [TOWN]})
        assert claims["exp"] - int(claims["iat"]) == 600

    def test_services_and_people_read_the_same_keys_without_the_private_half(self, here):
        keys = here.internal("petition").get("/internal/v1/jwks").json()
        assert keys == here.http.get("/.well-known/jwks.json").json()
        assert [set(key) for key in keys["keys"]] == [{"kty", "crv", "x", "kid", "alg", "use"}]

    def test_a_role_past_its_term_is_in_no_token(self, here, somebody):
        holder = somebody(PHONE, "secretary", TOWN, until=now() + timedelta(days=1))
        yesterday = {"$set": {"roles.0.until": now() - timedelta(days=1)}}
        here.database.people.update_one({"_id": holder.id}, yesterday)
        assert sign_in(here).json()["roles"] == {}

    def test_a_refresh_token_changes_with_every_use(self, here):
        first = sign_in(here).json()
        second = here.http.post("/v1/sessions/refresh", json={"refresh_token": first["refresh_token"]}).json()
        assert second["person"] == first["person"]
        assert second["refresh_token"] != first["refresh_token"]
        again = here.http.post("/v1/sessions/refresh", json={"refresh_token": first["refresh_token"]})
        assert refused(again, 401, "sign_in_again")
        assert here.http.post("/v1/sessions/refresh", json={"refresh_token": second["refresh_token"]}).ok

    def test_an_old_refresh_token_that_comes_back_late_ends_the_session(self, here):
        first = sign_in(here).json()["refresh_token"]
        second = here.http.post("/v1/sessions/refresh", json={"refresh_token": first}).json()["refresh_token"]
        here.database.turns.update_many({}, {"$set": {"at": now() - timedelta(minutes=1)}})
        for token in (first, second):
            assert refused(here.http.post("/v1/sessions/refresh", json={"refresh_token": token}), 401, "sign_in_again")

    def test_signing_out_ends_the_session(self, here):
        tokens = sign_in(here).json()
        assert here.http.delete("/v1/sessions/current", token=tokens["access_token"]).status_code == 204
        again = here.http.post("/v1/sessions/refresh", json={"refresh_token": tokens["refresh_token"]})
        assert refused(again, 401, "sign_in_again")

    @pytest.mark.parametrize(
        "token", ["", "unknown.secret", "x" * 201, "unknown.1.secret", "unknown.٣.x", "é.1.é", "..."]
    )
    def test_a_made_up_refresh_token_is_refused(self, here, token):
        answer = here.http.post("/v1/sessions/refresh", json={"refresh_token": token})
        assert answer.json()["code"] in ("sign_in_again", "invalid_body")

    def test_an_expired_a_forged_and_a_missing_token_are_refused(self, here, person, county):
        asked = {"person": new_id(), "role": "secretary", "region": TOWN}
        expired = county.token(person(), at=now() - timedelta(minutes=11))
        forged = county.token(person(), key=Ed25519PrivateKey.generate())
        post = here.http.post
        assert refused(post("/v1/roles", json=asked, token=expired), 401, "token_expired")
        assert refused(post("/v1/roles", json=asked, token=forged), 401, "token_invalid")
        assert refused(post("/v1/roles", json=asked), 401, "not_signed_in")
        assert here.facts(RoleGranted) == []


@pytest.mark.feature("I04")
class TestRoles:
    def grant(self, here, by, holder, **given):
        asked = {"person": holder.id, "role": "secretary", "region": TOWN} | given
        return here.http.post("/v1/roles", json=asked, person=replace(by, fresh=now()))

    def test_a_role_is_granted_for_a_term_and_taken_away(self, here, person, somebody):
        holder, admin = somebody(), person("cityadmin", CITY)
        until = (now() + timedelta(days=365)).isoformat()
        granted = self.grant(here, admin, holder, until=until)
        assert granted.status_code == 201
        assert here.http.delete(f"/v1/roles/{granted.json()['id']}", person=admin).status_code == 204
        facts = here.facts(RoleGranted) + here.facts(RoleEnded)
        assert [(fact.subject, fact.role, fact.region) for fact in facts] == [(holder.id, "secretary", TOWN)] * 2

    def test_nobody_grants_or_ends_outside_the_own_scope(self, here, person, somebody):
        holder, elsewhere = somebody(role="secretary", region=TOWN), person("cityadmin", "510184")
        assert refused(self.grant(here, elsewhere, holder, role="calendaradmin", region=CITY), 403, "outside_scope")
        ended = here.http.delete(f"/v1/roles/{holder.roles[0].id}", person=elsewhere)
        assert refused(ended, 403, "outside_scope")
        assert here.facts(RoleEnded) == []

    @pytest.mark.parametrize("role", [None, "villager", *sorted(set(ROLES) - APPOINTS.keys())])
    def test_only_administrators_of_city_and_town_grant_and_end(self, here, person, somebody, role):
        holder = somebody(role="secretary", region=TOWN)
        other = person(role, CITY)
        assert refused(self.grant(here, other, holder), 403, "not_allowed")
        assert refused(here.http.delete(f"/v1/roles/{holder.roles[0].id}", person=other), 403, "outside_scope")
        assert len(here.facts(RoleGranted)) == 1

    @pytest.mark.parametrize(
        ("given", "status", "code"),
        [
            ({"role": "villager", "region": VILLAGE}, 422, "invalid_body"),
            ({"role": "king"}, 422, "invalid_body"),
            ({"role": "villageadmin"}, 422, "role_not_for_level"),
            ({"region": "510199"}, 404, "unknown_region"),
            ({"person": "unknown"}, 404, "person_not_found"),
            ({"until": "2020-01-01T00:00:00Z"}, 422, "term_already_over"),
            ({"until": "2020-01-01T00:00:00"}, 422, "invalid_body"),
        ],
    )
    def test_a_wrong_grant_changes_nothing(self, here, person, somebody, given, status, code):
        assert refused(self.grant(here, person("cityadmin", CITY), somebody(), **given), status, code)
        assert here.facts(RoleGranted) == []

    def test_a_role_is_granted_once_and_an_unknown_one_is_not_ended(self, here, person, somebody):
        admin = person("cityadmin", CITY)
        holder = somebody(role="secretary", region=TOWN)
        assert refused(self.grant(here, admin, holder), 409, "already_held")
        assert refused(here.http.delete("/v1/roles/unknown", person=admin), 404, "role_not_found")


@pytest.mark.feature("I08")
class TestPersonalData:
    def test_notify_learns_who_is_in_office_and_then_how_to_reach_each(self, here, somebody):
        holder = somebody(PHONE, "secretary", TOWN)
        somebody("+8613700137000", "secretary", VILLAGE)
        office = {"role": "secretary", "region": TOWN}
        found = here.internal("notify").get("/internal/v1/contacts", params=office).json()
        assert found == [{"person": holder.id}]
        contact = here.internal("notify").get(f"/internal/v1/contacts/{holder.id}").json()
        assert contact == {"person": holder.id, "phone": PHONE, "name": None}
        unknown = here.internal("notify").get("/internal/v1/contacts/unknown")
        assert refused(unknown, 404, "person_not_found")

    @pytest.mark.parametrize("path", ["challenges/c1", "contacts?role=secretary&region=510183", "contacts/p1"])
    def test_no_other_service_reads_phones_or_codes(self, here, path):
        assert refused(here.internal("analytics").get(f"/internal/v1/{path}"), 403, "not_allowed")
        assert here.http.get(f"/internal/v1/{path}").status_code == 404

    def test_no_phone_code_or_token_is_in_facts_database_or_logs(self, here, capfd):
        challenge = request_code(here).json()["challenge"]
        code = reveal(here, challenge).json()["code"]
        tokens = here.http.post("/v1/sessions", json={"challenge": challenge, "code": code}).json()
        here.internal("notify").get(f"/internal/v1/contacts/{tokens['person']}")
        kept = {name: list(here.database[name].find()) for name in here.database.list_collection_names()}
        said = "".join(capfd.readouterr())
        assert "personal_data_opened" in said
        for secret in (PHONE, PHONE[3:], f'"{code}"', tokens["refresh_token"], tokens["access_token"]):
            assert secret not in repr(kept)
            assert secret not in said
            assert secret.encode() not in b"".join(_bytes_in(kept))


def _bytes_in(value):
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _bytes_in(inner)


class TestSeed:
    def seed(self, here, *arguments):
        environment = {name: str(value) for name, value in here.config.items() if name != "PEERS"}
        command = [sys.executable, "-m", "services.identity.seed", *arguments]
        return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=60)

    @pytest.fixture
    def empty(self, running):
        return running(IdentityService, FIXED_CODE="246810", STRONG_LEVELS="")

    @pytest.mark.feature("I01")
    def test_it_loads_all_regions_and_the_sample_people_once(self, empty):
        for _ in range(2):
            assert self.seed(empty).returncode == 0
        assert len(empty.facts(RegionRegistered)) == 204
        wait_until(lambda: empty.database.outbox.count_documents({}) == 0, "the relay")
        assert len(empty.facts(VillagerVerified)) == 3
        assert len(empty.facts(RoleGranted)) == 13
        secretary = {"role": "secretary", "region": "510183121"}
        assert len(empty.internal("notify").get("/internal/v1/contacts", params=secretary).json()) == 1
        challenge = request_code(empty, "19900000021").json()["challenge"]
        signed_in = empty.http.post("/v1/sessions", json={"challenge": challenge, "code": "246810"}).json()
        assert signed_in["roles"] == {"villager": ["510183121214"]}

    @pytest.mark.feature("I04")
    def test_a_real_county_gets_its_first_administrator_and_nobody_else(self, empty):
        assert self.seed(empty, "--admin", "13800138000").returncode == 0
        assert [fact.role for fact in empty.facts(RoleGranted)] == ["cityadmin"]
        assert sign_in(empty).json()["roles"] == {"cityadmin": [CITY]}
        assert self.seed(empty, "--admin", "13800138000", "--admin", "13800138001").returncode == 0
        assert [fact.role for fact in empty.facts(RoleGranted)] == ["cityadmin"] * 2
        assert "--admin" in self.seed(empty, "--admin", "12345").stderr
