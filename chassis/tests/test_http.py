"""A small service asked over HTTP, on the real database: who may ask, what is taken in, what comes back."""

import time
from dataclasses import replace
from datetime import timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from chassis.auth import people
from chassis.auth.tokens import load_key
from chassis.domain import now
from chassis.tests.example import REFUSALS, SECRET, ExampleService, problem


@pytest.fixture
def example(running):
    ExampleService.runs.clear()
    return running(ExampleService)


@pytest.fixture
def villager(person):
    return person()


def test_a_command_is_done_and_its_answer_dumped(example, villager):
    response = example.http.post("/v1/notes", json={"text": "你好", "tags": ["红"]}, person=villager)
    assert response.status_code == 201
    assert example.database.notes.find_one({"_id": response.json()["id"]})["tags"] == ["红"]
    assert "你好" in response.content.decode()


def test_every_answer_has_safe_headers_and_a_trace(example):
    trace = f"00-{'ab' * 16}-{'cd' * 8}-01"
    response = example.http.get("/v1/notes/1", headers={"traceparent": trace})
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert "Strict-Transport-Security" not in response.headers
    assert "Access-Control-Allow-Origin" not in response.headers
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Request-Id"] == "ab" * 16
    assert response.headers["traceparent"].startswith(f"00-{'ab' * 16}-")
    assert response.headers["traceparent"] != trace


def test_a_page_of_a_listed_origin_may_ask_and_no_other(running):
    listed, other = "https://app.example", "https://evil.example"
    example = running(ExampleService, CORS_ORIGINS=[listed])

    def asked(origin):
        sent = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        return example.http.request("OPTIONS", "/v1/notes", headers=sent)

    allowed = asked(listed)
    assert (allowed.status_code, allowed.headers["Access-Control-Allow-Origin"]) == (204, listed)
    assert "Authorization" in allowed.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in allowed.headers
    refused = asked(other)
    assert (refused.status_code, refused.headers["Vary"]) == (405, "Origin")
    assert "Access-Control-Allow-Origin" not in refused.headers
    answers = {
        origin: example.http.get("/v1/notes/1", headers={"Origin": origin}).headers for origin in (listed, other)
    }
    assert answers[listed]["Access-Control-Allow-Origin"] == listed
    assert "Access-Control-Allow-Origin" not in answers[other]
    inside = example.internal("notify").get("/internal/v1/secrets/1", headers={"Origin": listed})
    assert "Access-Control-Allow-Origin" not in inside.headers


def test_a_handler_runs_in_the_trail_of_its_request(example):
    trace = f"00-{'ab' * 16}-{'cd' * 8}-01"
    response = example.http.post("/v1/signals", headers={"traceparent": trace})
    assert ExampleService.runs[0].traceparent == response.headers["traceparent"]


def test_a_handler_may_return_its_own_response(example):
    response = example.http.get("/v1/pictures/1")
    assert (response.content, response.headers["Cache-Control"]) == (b"\x89PNG", "max-age=60")


def test_without_a_schema_the_answer_is_204_and_empty(example):
    response = example.http.post("/v1/signals")
    assert (response.status_code, response.content) == (204, b"")


def test_a_head_request_is_a_get_without_its_body(example):
    response = example.http.request("HEAD", "/v1/notes/1")
    assert (response.status_code, response.content) == (200, b"")


def test_a_query_is_loaded_by_its_schema(example, villager):
    seen = example.http.get("/v1/notes?tag=红&tag=绿&limit=5", person=villager).json()
    assert seen["query"] == {"tag": ["红", "绿"], "limit": 5, "cursor": None}
    assert seen["person"] == villager.id


@pytest.mark.parametrize("query", ["limit=0", "limit=5&limit=6", "limit=x", "unknown=1"])
def test_a_wrong_or_unknown_query_is_refused(example, villager, query):
    body = problem(example.http.get(f"/v1/notes?{query}", person=villager), 400, "invalid_query")
    assert list(body["errors"]) == [query.partition("=")[0]]


def test_an_unknown_field_is_refused_and_named(example, villager):
    response = example.http.post("/v1/notes", json={"text": "好", "admin": True}, person=villager)
    assert problem(response, 422, "invalid_body")["errors"] == {"admin": ["没有这个字段"]}
    assert ExampleService.runs == []


def test_an_invalid_field_is_refused_in_chinese(example, villager):
    response = example.http.post("/v1/notes", json={"text": "", "tags": ["蓝"]}, person=villager)
    errors = problem(response, 422, "invalid_body")["errors"]
    assert errors == {"text": ["长度应在 1 到 20 之间"], "tags": {"0": ["只能是以下之一：红, 绿"]}}


@pytest.mark.parametrize("raw", [b'{"text": ', b"\xff\xfe", b'{"size": NaN}', b'{"text": "\\ud800"}',
                                 b'{"size": 9223372036854775808}', b"[" * 60_000])  # fmt: skip
def test_what_is_not_sound_json_is_refused(example, villager, raw):
    headers = {"Content-Type": "application/json"}
    problem(example.http.post("/v1/notes", data=raw, headers=headers, person=villager), 400, "broken_json")


def test_a_body_that_is_no_object_is_refused(example, villager):
    problem(example.http.post("/v1/notes", json=["好"], person=villager), 422, "invalid_body")


def test_another_content_type_is_refused(example, villager):
    response = example.http.post("/v1/notes", data={"text": "好"}, person=villager)
    problem(response, 415, "wrong_content_type")
    headers = {"Content-Type": "text/plain"}
    problem(example.http.post("/v1/pictures", data=b"x", headers=headers, person=villager), 415, "wrong_content_type")
    headers = {"Content-Type": "application/json; charset=gbk"}
    problem(example.http.post("/v1/notes", data=b"{}", headers=headers, person=villager), 415, "wrong_content_type")


def test_a_route_without_a_body_takes_none(example):
    assert example.http.post("/v1/signals", json={}).status_code == 204
    problem(example.http.post("/v1/signals", json={"x": 1}), 422, "invalid_body")


def test_a_huge_json_body_is_refused(example, villager):
    response = example.http.post("/v1/notes", json={"text": "好" * 70_000}, person=villager)
    problem(response, 413, "body_too_large")


@pytest.mark.parametrize("chunked", [False, True])
def test_an_upload_is_taken_up_to_its_limit(example, villager, chunked):
    def send(size):
        data = iter([b"x" * 1000] * (size // 1000)) if chunked else b"x" * size
        return example.http.post("/v1/pictures", data=data, headers={"Content-Type": "image/jpeg"}, person=villager)

    assert send(1_000_000).json() == {"size": 1_000_000}
    problem(send(3_000_000), 413, "body_too_large")


def test_unknown_routes_and_methods_are_problems_too(example):
    problem(example.http.get("/nowhere"), 404, "not_found")
    problem(example.http.get("/v1/notes/1/"), 404, "not_found")
    response = example.http.delete("/v1/notes")
    problem(response, 405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, HEAD, POST"


def test_who_is_not_signed_in_is_told_so(example):
    for headers in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer "}):
        response = example.http.get("/v1/notes", headers=headers)
        problem(response, 401, "not_signed_in")
        assert response.headers["WWW-Authenticate"] == "Bearer"


def test_an_expired_token_is_refused(example, villager, county):
    token = people.issue(villager, county.access, county.name, at=now().replace(year=2020))
    problem(example.http.get("/v1/notes", token=token), 401, "token_expired")


def test_what_outlives_a_session_wants_a_token_of_a_code_given_a_moment_ago(example, villager, county):
    def keep(at):
        token = county.token(replace(villager, fresh=at))
        return example.http.put("/v1/keepsakes/1", token=token)

    for stale in (None, now() - timedelta(seconds=people.CONFIRMED_SECONDS)):
        refused = keep(stale)
        problem(refused, 403, "fresh_code_needed")
        assert "insufficient_user_authentication" in refused.headers["WWW-Authenticate"]
    assert example.database.notes.count_documents({}) == 0
    assert keep(now() - timedelta(seconds=people.CONFIRMED_SECONDS - 30)).status_code == 204
    described = example.http.get("/openapi.json").json()["paths"]["/v1/keepsakes/{id}"]["put"]
    assert described["security"] == [{"fresh": []}]


def test_of_a_route_that_keeps_nothing_a_repeat_runs_again(example, villager):
    for _ in range(2):
        assert example.http.post("/v1/turns", person=villager, key="k1").json()["person"] == "k1"
    assert example.service.runs == ["k1", "k1"]
    assert example.database.idempotency.count_documents({}) == 0


def test_a_forged_token_is_refused(example, villager, county):
    who = {"sub": villager.id, "region": None, "roles": {"operator": ["1"]}}
    claims = {"iss": "identity", "aud": county.name, "iat": time.time(), "exp": time.time() + 60} | who
    kid = people.thumbprint(county.access.public_key())
    forged = [
        "not.a.token",
        people.issue(villager, Ed25519PrivateKey.generate(), county.name),
        people.issue(villager, county.access, "another county"),
        people.issue(villager, county.access, county.name, life=people.LIFE + 60),
        jwt.encode(claims, Ed25519PrivateKey.generate(), "EdDSA", headers={"kid": kid}),
        jwt.encode(claims, None, "none", headers={"kid": kid}),
        jwt.encode(claims, "secret" * 10, "HS256", headers={"kid": kid}),
        jwt.encode(claims | {"iss": "sla"}, county.access, "EdDSA", headers={"kid": kid}),
        county.service_token("notify", "example"),
    ]
    for token in forged:
        problem(example.http.get("/v1/notes", token=token), 401, "token_invalid")


def test_a_role_is_needed_where_one_is_named(example, person):
    problem(example.http.post("/v1/notes", json={"text": "好"}, person=person(role="visitor")), 403, "not_allowed")
    assert example.http.post("/v1/notes", json={"text": "好"}, person=person(role="secretary")).status_code == 201


def test_a_refusal_is_answered_with_its_own_status_code_and_sentence(example, villager):
    wanted = {"already_said": 409, "no_such_note": 404, "not_yours": 403, "nonsense": 422, "too_chatty": 429}
    for code, status in wanted.items():
        body = problem(example.http.post("/v1/notes", json={"text": code}, person=villager), status, code)
        assert body["detail"] == REFUSALS[code].__doc__
        assert body["errors"] == {"field": "text"}
    assert example.database.notes.count_documents({}) == 0


@pytest.mark.parametrize("kind", ["key", "timeout"])
def test_an_unexpected_error_tells_nothing_and_harms_nobody(example, kind, lines):
    response = example.http.get(f"/v1/broken/{kind}")
    problem(response, 500, "internal_error")
    assert SECRET not in response.text and "Traceback" not in response.text
    assert example.http.get("/v1/notes/1").status_code == 200
    failed, *_ = [line for line in lines() if line["event"] == "request_failed"]
    assert failed["error"] and failed["at"] and SECRET not in str(failed)


def test_a_command_that_always_clashes_says_busy(example):
    for response in (example.http.post("/v1/clash"), example.http.get("/v1/broken/clash")):
        problem(response, 409, "busy")
        assert response.headers["Retry-After"]


def test_a_taken_unique_key_that_nobody_handled_is_a_409(example):
    assert example.http.post("/v1/twice").status_code == 204
    problem(example.http.post("/v1/twice"), 409, "already_exists")


def test_the_internal_port_takes_service_tokens_only(example, villager, county):
    notify = example.internal("notify")
    assert notify.get("/internal/v1/secrets/1").json() == {"person": "notify"}
    problem(notify.get("/v1/notes"), 404, "not_found")
    problem(example.internal("sla").get("/internal/v1/secrets/1"), 403, "not_allowed")
    for token in (county.token(villager), county.service_token("notify", "sla")):
        response = notify.get("/internal/v1/secrets/1", headers={"Authorization": f"Bearer {token}"})
        problem(response, 401, "token_invalid")


def test_internal_routes_are_not_on_the_public_port(example):
    problem(example.http.get("/internal/v1/secrets/1"), 404, "not_found")


def test_a_service_cannot_speak_for_another(example, county):
    claims = {"iss": "notify", "aud": "example", "iat": int(time.time()), "exp": int(time.time()) + 60}
    county.admit("sla")
    key = load_key(county.folder / "sla" / "service.pem")
    token = jwt.encode(claims, key, "EdDSA", headers={"kid": "sla"})
    response = example.internal("sla").get("/internal/v1/secrets/1", headers={"Authorization": f"Bearer {token}"})
    problem(response, 401, "token_invalid")
