"""Peers, service tokens and identity's keys: with peers that answer, refuse, break, sleep and vanish."""

import json
import time
from datetime import timedelta
from types import SimpleNamespace

import eventlet
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.auth import keys, peers, people, tokens
from chassis.auth.people import KeySet, Person
from chassis.auth.revocations import Revocations
from chassis.core import context, problems, protocol
from chassis.core.health import Health
from chassis.core.problems import Problem
from chassis.domain import now
from chassis.testing import wait_until
from chassis.tests.example import ExampleService, problem

COUNTY = "510183"


@pytest.fixture
def peer():
    """A loopback server: path → (status, body) or a function of the environ; `seen` are the environs."""
    socket = eventlet.listen(("127.0.0.1", 0))
    made = SimpleNamespace(url=f"http://127.0.0.1:{socket.getsockname()[1]}", answers={}, seen=[])

    def answer(environ, start_response):
        made.seen.append(environ)
        status, body = made.answers[environ["PATH_INFO"]](environ)
        start_response(f"{status} X", [("Content-Type", "application/json")])
        return [body]

    server = eventlet.spawn(protocol.serve, socket, answer)
    yield made
    server.kill()
    socket.close()


@pytest.fixture
def ours(tmp_path, peer):
    """What `peers.call` needs of a container of the service `sla`."""
    keys.make_keys(tmp_path, {"sla": [], "peer": []})
    config = {"SECRETS_DIR": str(tmp_path / "sla"), "COUNTY": COUNTY}
    config |= {"PEERS": {"peer": f"{peer.url}/", "identity": peer.url}}
    return SimpleNamespace(config=config, service_name="sla")


@pytest.fixture
def dependency(ours):
    bound = peers.Peer("peer")
    bound.container = ours
    return bound.get_dependency(None)


def test_a_peer_is_asked_with_a_service_token_and_the_trail(dependency, peer, tmp_path):
    peer.answers["/internal/v1/things"] = lambda environ: (200, b'{"n": 1}')
    with context.following(context.begin()) as trail:
        assert dependency.get("/internal/v1/things", name="好") == {"n": 1}
    seen = peer.seen[0]
    assert seen["QUERY_STRING"] == "name=%E5%A5%BD"
    assert seen["HTTP_TRACEPARENT"] == trail.traceparent
    token = tokens.bearer(seen["HTTP_AUTHORIZATION"])
    assert tokens.Tokens(tmp_path / "peer", "peer").verify(token) == "sla"


def test_an_empty_answer_of_a_peer_is_none(dependency, peer):
    peer.answers["/internal/v1/things"] = lambda environ: (204, b"")
    assert dependency.get("/internal/v1/things") is None


@pytest.mark.parametrize(("body", "code"), [(b'{"code": "gone"}', "gone"), (b"[]", ""), (b"<p>", "")])
def test_a_peer_that_refuses_says_why(dependency, peer, body, code):
    peer.answers["/x"] = lambda environ: (404, body)
    with pytest.raises(peers.PeerRefused) as refused:
        dependency.get("/x")
    assert (refused.value.status, refused.value.code) == (404, code)


def test_what_a_peer_refuses_us_is_no_fault_of_whoever_asks_us():
    answer = problems.answer(peers.PeerRefused("identity", 403, "not_allowed"))
    assert (answer.status_code, answer.json["code"], answer.headers["Retry-After"]) == (503, "unavailable", "2")


def test_a_broken_slow_unknown_or_absent_peer_is_unavailable(dependency, ours, peer, monkeypatch):
    monkeypatch.setattr(peers, "READ_SECONDS", 0.1)
    peer.answers["/broken"] = lambda environ: (500, b"")
    peer.answers["/slow"] = lambda environ: eventlet.sleep(0.5) or (200, b"{}")
    for path in ("/broken", "/slow"):
        with pytest.raises(peers.PeerUnavailable):
            dependency.get(path)
    ours.config["PEERS"] = {"peer": "http://127.0.0.1:1"}
    for name in ("peer", "stranger"):
        with pytest.raises(peers.PeerUnavailable):
            peers.call(ours, name, "/x")


def test_a_get_that_met_a_closed_connection_is_sent_again(dependency, peer):
    peer.answers["/x"] = lambda environ: (200, b"1")
    assert dependency.get("/x") == 1
    peer.answers["/x"] = _drop_once(peer, [])
    assert dependency.get("/x") == 2


def _drop_once(peer, dropped):
    def answer(environ):
        if not dropped:
            dropped.append(True)
            environ["chassis.connection"].connection.shutdown(2)
        return 200, b"2"

    return answer


def test_an_unavailable_peer_becomes_503_for_who_asked(running):
    example = running(ExampleService, peers={"peer": "http://127.0.0.1:1"})
    response = example.http.get("/v1/through/things")
    problem(response, 503, "unavailable")
    assert response.headers["Retry-After"]


def test_a_service_token_ends_after_five_minutes_and_is_for_one_service(tmp_path):
    keys.make_keys(tmp_path, {"sla": [], "notify": []})
    sla, notify = (tokens.Tokens(tmp_path / name, name) for name in ("sla", "notify"))
    claims = jwt.decode(sla.issue("notify"), options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 300
    assert notify.verify(sla.issue("notify")) == "sla"
    old = jwt.encode(claims | {"iat": 0, "exp": int(time.time()) - 10}, sla.key, "EdDSA", headers={"kid": "sla"})
    years = jwt.encode(claims | {"exp": claims["iat"] + 10 * 365 * 86_400}, sla.key, "EdDSA", headers={"kid": "sla"})
    with pytest.raises(Problem, match="token_invalid"):
        notify.verify(years)
    for token, code in ((old, "token_expired"), (sla.issue("petition"), "token_invalid"), ("", "token_invalid")):
        with pytest.raises(Problem) as refused:
            notify.verify(token)
        assert refused.value.code == code


def test_a_person_knows_their_roles_and_scopes():
    secretary = Person("1", None, {"secretary": ("510183122",)})
    assert secretary.holds("secretary") and not secretary.holds("operator")
    assert secretary.scopes("secretary") == ("510183122",)
    assert secretary.scopes("operator") == ()


@pytest.fixture
def identity(ours, peer, store):
    """People of the service `sla`, and the keys that identity publishes."""
    published = []
    peer.answers["/internal/v1/jwks"] = lambda environ: (200, json.dumps(people.jwks(published)).encode())
    bound = people.People()
    bound.container, bound.mongo, bound.health = ours, SimpleNamespace(database=store(Revocations).database), Health()
    bound.setup()
    return SimpleNamespace(people=bound, published=published, asked=peer.seen)


def test_identitys_keys_are_fetched_once(identity):
    key = Ed25519PrivateKey.generate()
    identity.published.append(key.public_key())
    someone = Person("p1", "510183122211", {"villager": ("510183122211",)}, session="s1")
    for _ in range(3):
        assert identity.people.holding(people.issue(someone, key, COUNTY, session="s1")) == someone
    assert len(identity.asked) == 1


def test_a_token_that_was_good_ends_at_its_time(identity, monkeypatch):
    key = Ed25519PrivateKey.generate()
    identity.published.append(key.public_key())
    token = people.issue(Person("p1"), key, COUNTY, now() - timedelta(seconds=people.LIFE + 10))
    monkeypatch.setattr(tokens, "LEEWAY", 60)
    assert identity.people.holding(token) == Person("p1")
    monkeypatch.undo()
    with pytest.raises(Problem, match="token_expired"):
        identity.people.holding(token)


def test_a_new_key_is_fetched_and_a_forger_cannot_make_us_ask_often(identity):
    old, new = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    identity.published.append(old.public_key())
    identity.people.holding(people.issue(Person("p1"), old, COUNTY))
    for _ in range(5):
        with pytest.raises(Problem):
            identity.people.holding(people.issue(Person("p1"), new, COUNTY))
    assert len(identity.asked) == 1
    identity.published.append(new.public_key())
    identity.people.keys.tried -= people.COOLDOWN_SECONDS
    assert identity.people.holding(people.issue(Person("p1"), new, COUNTY)) == Person("p1")


def test_keys_that_identity_withdrew_are_forgotten_in_time():
    held = [{"a": 1}, {}]
    known = KeySet(lambda: held.pop(0), dict)
    assert known.find("a") == 1
    known.fetched -= people.FRESH_SECONDS + 1
    known.tried -= people.FRESH_SECONDS + 1
    assert known.find("a") is None


def test_a_service_that_starts_before_identity_is_ready_when_it_has_the_keys(identity, peer):
    answer, peer.answers["/internal/v1/jwks"] = peer.answers["/internal/v1/jwks"], lambda environ: (503, b"")
    known = identity.people.keys
    assert not known.ready()
    peer.answers["/internal/v1/jwks"] = answer
    identity.published.append(Ed25519PrivateKey.generate().public_key())
    wait_until(known.ready, "the keys", seconds=2)


def test_without_identity_a_service_is_ready_at_last_for_what_needs_no_token():
    known = KeySet(dict, dict)
    assert not known.ready()
    known.since -= people.PATIENCE_SECONDS
    assert known.ready()


def test_while_identity_is_away_known_keys_work_and_unknown_ones_cannot_be_judged():
    def away():
        raise peers.PeerUnavailable("identity")

    known = KeySet(lambda: {"a": 1}, lambda: {"own": 2})
    assert known.find("a") == 1
    known.fetch, known.fetched, known.tried = away, float("-inf"), float("-inf")
    assert known.find("a") == 1
    assert known.find("own") == 2
    for _ in range(2):
        with pytest.raises(peers.PeerUnavailable):
            known.find("b")


def test_identity_verifies_with_its_own_key_and_older_ones(tmp_path):
    keys.make_keys(tmp_path, {"identity": ["access.pem"]})
    keys.make_keys(tmp_path / "older", {"identity": ["access.pem"]})
    (tmp_path / "older" / "identity" / "access.pem").rename(tmp_path / "identity" / "access_2025.pem")
    found = people.access_keys(tmp_path / "identity")
    assert len(found) == 2
    assert people.thumbprint(found[0].public_key()) == people.thumbprint(
        tokens.load_key(tmp_path / "identity" / "access.pem").public_key()
    )
