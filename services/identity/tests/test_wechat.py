"""Signing in by 微信: the rules without a server, then whole stories with WeChat's own protocol on loopback."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from chassis.domain import new_id
from chassis.privacy.vault import Destroyed
from contracts.identity.access import AccessRevoked
from contracts.identity.sign_in import WechatBound, WechatUnbound
from services.identity import providers
from services.identity.domain.person import Person
from services.identity.domain.reach import AnotherWechat, NoWechat
from services.identity.domain.wechat import WechatAttempt, WechatSignInFailed, masked_openid, require_own, state_of
from services.identity.service.privacy import Erasure
from services.identity.service.wechat import WechatSignIn
from services.identity.tests.conftest import TOWN
from services.identity.tests.test_service import PHONE, confirm, refused, request_code, reveal
from tests.peers.wechat import WechatPeer

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
APP, BACK = "wx0123456789abcdef", "https://xiangyin.example/wechat"
OPENID, OTHER_OPENID = "oLVPpjqs9BhvzwPj5A-vTYAX3GLc", "oLVPpjqs2BhvzwPj5A-vTYAX4GLd"
OTHER_PHONE = "+8613700137000"

pytestmark = pytest.mark.feature("I05")


class TestRules:
    def test_only_the_browser_that_left_comes_back(self):
        attempt, ticket = WechatAttempt.begin(AT)
        require_own(ticket, attempt.id)
        assert ticket not in repr(attempt)
        for stranger in ("", attempt.id, ticket + "x"):
            with pytest.raises(WechatSignInFailed):
                require_own(stranger, attempt.id)

    def test_a_state_is_of_the_letters_and_length_that_wechat_takes(self):
        state = state_of("ticket")
        assert state.isalnum()
        assert len(state) <= 128

    def test_an_attempt_serves_once_within_ten_minutes_and_not_before_somebody_came_back(self):
        attempt, _ = WechatAttempt.begin(AT)
        with pytest.raises(WechatSignInFailed):
            attempt.use(AT)
        attempt.sealed = b"sealed"
        with pytest.raises(WechatSignInFailed):
            attempt.use(AT + timedelta(minutes=10))
        assert attempt.use(AT + timedelta(minutes=9)) == b"sealed"
        with pytest.raises(WechatSignInFailed):
            attempt.use(AT)

    def test_one_wechat_for_each_person_until_it_is_unbound_or_the_phone_goes(self):
        person = Person(id=new_id(), phone=b"sealed", phone_digest="digest")
        for _ in range(2):
            person.bind_wechat(b"sealed", "a", AT)
        assert [fact.type for fact in person.recorded] == [WechatBound.wire()]
        with pytest.raises(AnotherWechat):
            person.bind_wechat(b"sealed", "b", AT)
        person.unbind_wechat(AT)
        with pytest.raises(NoWechat):
            person.unbind_wechat(AT)
        person.bind_wechat(b"sealed", "b", AT)
        person.drop_phone()
        assert (person.wechat, person.wechat_digest) == (None, None)

    def test_of_an_openid_four_characters_are_shown(self):
        assert masked_openid(OPENID) == "oL****Lc"


class Village:
    """identity and WeChat, and a browser that goes from one to the other."""

    def __init__(self, here, peer):
        self.here, self.peer = here, peer

    def post(self, path, token=None, **body):
        return self.here.http.post(path, json=body, token=token)

    def leave(self, user=OPENID):
        """Go to WeChat's page, where this user agrees; what the browser brings back from there."""
        self.peer.control(user=user)
        page = self.post("/v1/wechat/attempts").json()
        url, _, fragment = page["url"].partition("#")
        assert fragment == "wechat_redirect"
        back = requests.get(url, allow_redirects=False, timeout=5).headers["Location"]
        assert back.startswith(BACK)
        return {"ticket": page["ticket"]} | dict(parse_qsl(urlsplit(back).query))

    def come_back(self, brought):
        return self.post("/v1/sessions/wechat", **brought)

    def bind(self, phone=PHONE, user=OPENID):
        """The answer to a sign-in by SMS that brings a ticket of WeChat's."""
        brought = self.leave(user)
        assert self.come_back(brought).json() == {"bound": False}
        return self.post("/v1/sessions", **self.proof(phone), wechat_ticket=brought["ticket"])

    def proof(self, phone=PHONE):
        self.here.database.quotas.delete_many({})
        challenge = request_code(self.here, phone).json()["challenge"]
        return {"challenge": challenge, "code": reveal(self.here, challenge).json()["code"]}

    def asked(self):
        return self.peer.control()["asked"]


@pytest.fixture
def village(here):
    """identity with an app of WeChat's."""
    secret = "5b1c8f0a" * 4
    here.county.folder.joinpath("identity", "wechat.secret").write_text(f"{secret}\n")
    with WechatPeer(APP, secret, BACK) as peer:
        page = f"{peer.url}/connect/oauth2/authorize"
        here.config |= {"WECHAT_APP_ID": APP, "WECHAT_PAGE": page, "WECHAT_API": peer.url, "WECHAT_RETURN": BACK}
        yield Village(here, peer)


def test_a_secretary_binds_wechat_by_her_phone_signs_in_by_it_without_strong_roles_and_unbinds(village, somebody):
    here = village.here
    somebody(PHONE, "secretary", TOWN)
    here.config["STRONG_LEVELS"] = "city,town"
    bound = village.bind()
    assert bound.status_code == 201
    by_phone = bound.json()["access_token"]
    assert here.http.get("/v1/me/wechat", token=by_phone).json() == {"wechat": "oL****Lc"}
    assert here.http.get("/v1/me/export", token=confirm(here, by_phone)).json()["wechat"] == "oL****Lc"
    tokens = village.come_back(village.leave()).json()
    assert (tokens["bound"], tokens["person"]) == (True, bound.json()["person"])
    assert (tokens["roles"], tokens["second_factor_needed"]) == ({}, True)
    by_wechat = village.post("/v1/sessions/refresh", refresh_token=tokens["refresh_token"]).json()["access_token"]
    assert here.http.delete("/v1/me/wechat", token=by_phone).status_code == 204
    assert refused(here.http.get("/v1/sessions", token=by_wechat), 401, "token_expired")
    assert len(here.http.get("/v1/sessions", token=by_phone).json()["items"]) == 1
    assert refused(here.http.delete("/v1/me/wechat", token=by_phone), 404, "no_wechat")
    assert village.come_back(village.leave()).json() == {"bound": False}
    assert [len(here.facts(fact)) for fact in (WechatBound, WechatUnbound, AccessRevoked)] == [1, 1, 1]


def test_nobody_comes_back_twice_or_with_what_another_browser_left_with(village):
    assert village.bind().ok
    brought, other = village.leave(), village.leave(OTHER_OPENID)
    asked = village.asked()
    for forged in (
        brought | {"ticket": other["ticket"]},
        brought | {"state": other["state"]},
        {**other, "ticket": "x" * 43},
    ):
        assert refused(village.come_back(forged), 401, "wechat_sign_in_failed")
    assert village.asked() == asked
    assert village.come_back(brought).ok
    assert refused(village.come_back(brought), 401, "wechat_sign_in_failed")
    assert refused(village.come_back(brought | {"code": "invented"}), 401, "wechat_sign_in_failed")
    assert village.asked() == asked + 1
    assert refused(village.come_back(other | {"code": brought["code"]}), 401, "wechat_sign_in_failed")
    late = village.leave()
    village.here.database.wechat_attempts.update_one({"_id": late["state"]}, {"$set": {"expires_at": AT}})
    assert refused(village.come_back(late), 401, "wechat_sign_in_failed")


def test_one_person_for_each_wechat_and_only_with_her_own_phone(village):
    twin = village.leave()
    assert village.come_back(twin).json() == {"bound": False}
    mine = village.bind().json()["access_token"]
    with_twin = village.proof(OTHER_PHONE) | {"wechat_ticket": twin["ticket"]}
    assert refused(village.post("/v1/sessions", **with_twin), 409, "wechat_taken")
    assert refused(village.bind(PHONE, OTHER_OPENID), 409, "another_wechat")
    theirs = village.post("/v1/sessions", **village.proof(OTHER_PHONE)).json()["access_token"]
    brought = village.leave(OTHER_OPENID)
    ticket = brought["ticket"]
    unproven = village.post("/v1/me/wechat", confirm(village.here, theirs), ticket=ticket)
    assert refused(unproven, 401, "wechat_sign_in_failed")
    village.come_back(brought)
    assert refused(village.post("/v1/me/wechat", theirs, ticket=ticket), 403, "fresh_code_needed")
    assert village.post("/v1/me/wechat", confirm(village.here, theirs), ticket=ticket).status_code == 204
    again = village.post("/v1/me/wechat", confirm(village.here, mine), ticket=ticket)
    assert refused(again, 409, "wechat_taken")


def test_when_wechat_is_slow_broken_or_refuses_us_people_are_told_and_secrets_are_not(village, monkeypatch, capfd):
    with monkeypatch.context() as hurry:
        hurry.setattr(providers, "TIMEOUT", (1, 0.2))
        village.peer.control(mode="slow", seconds=0.5)
        assert refused(village.come_back(village.leave()), 503, "wechat_away")
    for mode in ("busy", "crash", "cut", "list", "empty"):
        village.peer.control(mode=mode)
        assert refused(village.come_back(village.leave()), 503, "wechat_away"), mode
    village.peer.control(mode="ok")
    providers.wechat(**village.here.service.part(WechatSignIn).settings).secret = "wrong"
    brought = village.leave()
    assert refused(village.come_back(brought), 503, "wechat_away")
    village.here.config["WECHAT_API"] = "http://127.0.0.1:9"
    assert refused(village.come_back(village.leave()), 503, "wechat_away")
    village.here.config["WECHAT_APP_ID"] = ""
    assert refused(village.post("/v1/wechat/attempts"), 404, "wechat_not_offered")
    said = "".join(capfd.readouterr())
    assert "40125" in said
    assert not any(word in said for word in ("5b1c8f0a", brought["code"], "access_token"))


def test_an_openid_is_nowhere_in_the_clear_and_unreadable_when_its_time_or_its_person_is_over(village):
    here = village.here
    tokens = village.bind().json()
    (attempt,) = here.database.wechat_attempts.find()
    person = here.service.people.get(tokens["person"])
    assert here.service.vault.repeat(person.wechat) == OPENID
    here.tick("forget_wechat")
    (wiped,) = here.database.wechat_attempts.find()
    assert (wiped["sealed"], wiped["account"]) == (None, None)
    with pytest.raises(Destroyed):
        here.service.vault.repeat(attempt["sealed"])
    kept = repr({name: list(here.database[name].find()) for name in here.database.list_collection_names()})
    assert OPENID not in kept
    here.service.part(Erasure)._erase(person.id, AT)
    with pytest.raises(Destroyed):
        here.service.vault.repeat(person.wechat)
    assert village.come_back(village.leave()).json() == {"bound": False}
