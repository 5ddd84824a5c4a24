"""What operators see: health and metrics, the description of the routes, the logs and their trail."""

import json
import logging
import re
import time

import eventlet
import pytest
import requests
import structlog
from jsonschema import Draft202012Validator

from chassis.core import context, metrics
from chassis.core.health import Health
from chassis.testing import wait_until
from chassis.tests.example import SECRET, ExampleService, SlowService, health, problem


@pytest.fixture
def example(running):
    return running(ExampleService)


def test_health_answers_while_all_workers_are_busy(running):
    slow = running(SlowService, max_workers=1)
    waiting = [eventlet.spawn(requests.get, f"{slow.http.base}/v1/slow", timeout=10) for _ in range(3)]
    eventlet.sleep(0.1)
    asked = time.monotonic()
    assert health(slow.container, "/livez").text == "ok\n"
    assert time.monotonic() - asked < 0.3
    assert [each.wait().status_code for each in waiting] == [204] * 3


def test_a_service_is_ready_when_its_conditions_hold(example):
    wait_until(lambda: health(example.container, "/readyz").status_code == 200, "the first conditions")
    answer = health(example.container, "/readyz")
    assert answer.json() | {"HTTP_ADDRESS": True, "INTERNAL_ADDRESS": True, "running": True} == answer.json()
    checks = next(e for e in example.container.subextensions if isinstance(e, Health))
    checks.needs("inbox", lambda: False)
    assert health(example.container, "/readyz").status_code == 503
    assert health(example.container, "/secrets").status_code == 404


def test_requests_are_counted_by_route_template_and_not_by_what_was_asked(example):
    example.http.get("/v1/notes/510183")
    example.http.get("/nowhere/13812345678")
    lag = 'xiangyin_hub_lag_seconds{service="example"}'
    wait_until(lambda: lag in health(example.container, "/metrics").text, "the first look at the hub")
    text = health(example.container, "/metrics").text
    counted = 'xiangyin_http_requests_total{method="GET",route="/v1/notes/{id}",service="example",status="200"}'
    assert counted in text
    assert 'route="",service="example",status="404"' in text
    labels = re.findall('"([^"]*)"', text)
    assert not [each for each in labels if "510183" in each or "13812345678" in each]


def test_the_figures_of_the_bus_are_served_too(example):
    metrics.fact_out("other", "example.said.v1")
    metrics.fact_in("other", "example.said.v1")
    metrics.batch("other", 3)
    metrics.tick_failed("other", "work")
    metrics.consumer_lag("other", 1.5)
    metrics.outbox_age("other", 2.5)
    metrics.parked("other", 4)
    text = health(example.container, "/metrics").text
    for figure in (
        'xiangyin_facts_out_total{service="other",type="example.said.v1"}',
        'xiangyin_facts_in_total{service="other",type="example.said.v1"}',
        'xiangyin_batch_size_bucket{le="5.0",service="other"}',
        'xiangyin_ticks_failed_total{method="work",service="other"}',
        'xiangyin_consumer_lag_seconds{service="other"} 1.5',
        'xiangyin_outbox_age_seconds{service="other"} 2.5',
        'xiangyin_parked{service="other"} 4.0',
    ):
        assert figure in text


def test_a_server_describes_its_routes(example):
    described = example.http.get("/openapi.json").json()
    assert described["openapi"] == "3.1.0" and "A small service" in described["info"]["description"]
    write = described["paths"]["/v1/notes"]["post"]
    assert write["summary"] == "Write a note."
    assert write["responses"]["201"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/example.Note"
    }
    assert "application/problem+json" in write["responses"]["422"]["content"]
    assert write["security"] == [{"token": []}]
    assert [p["name"] for p in write["parameters"]] == ["Idempotency-Key"]
    assert [p["name"] for p in described["paths"]["/v1/notes"]["get"]["parameters"]] == ["cursor", "limit", "tag"]
    assert described["paths"]["/v1/notes/{id}"]["get"]["security"] == []
    assert "image/*" in described["paths"]["/v1/pictures"]["post"]["requestBody"]["content"]
    assert not any("internal" in path for path in described["paths"])
    body = described["components"]["schemas"]["example.NewNote"]
    Draft202012Validator.check_schema(body)
    assert body["required"] == ["text"] and body["additionalProperties"] is False


def test_the_internal_port_describes_its_own_routes(example):
    described = example.internal("sla").get("/openapi.json").json()
    assert "/internal/v1/secrets/{id}" in described["paths"] and "/v1/notes" not in described["paths"]


def test_the_internal_port_describes_itself_to_services_only(example, county, person):
    asked = f"{example.url}/openapi.json"
    problem(requests.get(asked, timeout=5), 401, "not_signed_in")
    for token in (county.token(person()), county.service_token("notify", "sla")):
        problem(requests.get(asked, headers={"Authorization": f"Bearer {token}"}, timeout=5), 401, "token_invalid")
    assert requests.get(f"{example.http.base}/openapi.json", timeout=5).status_code == 200


def test_a_request_is_logged_without_what_was_asked(lines, example, person):
    somebody = person()
    trace = f"00-{'ab' * 16}-{'cd' * 8}-01"
    example.http.get("/v1/notes?tag=13812345678", person=somebody, headers={"traceparent": trace})
    logged = next(line for line in lines() if line["event"] == "request" and line["route"] == "/v1/notes")
    assert logged | {"method": "GET", "status": 200, "service": "example"} == logged
    assert logged["trace"] == logged["correlation"] == "ab" * 16
    assert logged["level"] == "info" and logged["timestamp"].endswith("Z") and logged["ms"] >= 0
    assert "13812345678" not in json.dumps(lines()) and somebody.id not in json.dumps(lines())


def test_a_route_that_names_nobody_leaves_no_line_no_figure_and_takes_no_trail(lines, running):
    origin, trace = "https://app.example", f"00-{'ab' * 16}-{'cd' * 8}-01"
    example = running(ExampleService, CORS_ORIGINS=[origin])
    ExampleService.runs.clear()
    sent = {"traceparent": trace, "Proof": "sound", "Origin": origin}
    asking = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    assert example.http.request("OPTIONS", "/v1/whispers", headers=asking).status_code == 204
    answers = [
        example.http.post("/v1/whispers", json={"text": text}, headers=headers)
        for text, headers in (("好", sent), ("", sent), ("好", {"traceparent": trace}))
    ]
    assert [answer.status_code for answer in answers] == [204, 422, 422]
    ids = {answer.headers["X-Request-Id"] for answer in answers}
    assert len(ids) == 3 and "ab" * 16 not in ids
    assert ExampleService.runs[1].correlationid == answers[0].headers["X-Request-Id"]
    assert not [line for line in lines() if line["event"] == "request"]
    text = health(example.container, "/metrics").text
    assert "/v1/whispers" not in text
    assert example.database.refusals.count_documents({}) == 0


def test_an_exception_is_logged_by_class_and_place_only(lines):
    log = structlog.get_logger()
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        log.error("one", exc_info=error)
        log.error("two", exc_info=True)
        logging.getLogger("kombu").warning("three", exc_info=True)
        logging.getLogger("kombu").info("silent")
        log.debug("silent")
    assert [line["event"] for line in lines()] == ["one", "two", "three"]
    for line in lines():
        assert line["error"] == "ValueError" and line["service"] == "example"
        assert "test_http_health.py" in line["at"][-1]
    assert SECRET not in json.dumps(lines(), ensure_ascii=False)


def test_a_trail_continues_a_valid_traceparent_only():
    given = f"00-{'ab' * 16}-{'cd' * 8}-01"
    assert context.begin(given).correlationid == "ab" * 16
    assert context.begin(given).traceparent not in (given, context.begin(given).traceparent)
    for bad in (None, "", "nonsense", given.upper(), f"00-{'0' * 32}-{'cd' * 8}-01", given + "-x"):
        trail = context.begin(bad)
        assert context.TRACEPARENT.fullmatch(trail.traceparent) and trail.correlationid != "ab" * 16


def test_each_greenlet_has_a_trail_of_its_own():
    def follow(name):
        with context.following(context.Trail(name, name)):
            eventlet.sleep(0.01)
            return context.current().traceparent

    threads = [eventlet.spawn(follow, name) for name in "abc"]
    assert [thread.wait() for thread in threads] == ["a", "b", "c"]
    assert context.current() is None and context.outgoing() == {}
