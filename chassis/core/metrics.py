"""What Prometheus is told, labelled by service; served by `chassis.core.health` at /metrics."""

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
SIZES = (1, 2, 5, 10, 20, 50, 100, 200)
BY_ROUTE = ["service", "method", "route"]
BY_TYPE = ["service", "type"]

_requests = Counter("xiangyin_http_requests", "HTTP requests answered", [*BY_ROUTE, "status"])
_seconds = Histogram("xiangyin_http_request_seconds", "Time to answer an HTTP request", BY_ROUTE, buckets=SECONDS)
_facts_out = Counter("xiangyin_facts_out", "Facts published and confirmed", BY_TYPE)
_facts_in = Counter("xiangyin_facts_in", "Facts handled", BY_TYPE)
_batch = Histogram("xiangyin_batch_size", "Facts taken in one batch", ["service"], buckets=SIZES)
_ticks = Counter("xiangyin_ticks_failed", "Runs of a due method that failed", ["service", "method"])
_lag = Gauge("xiangyin_consumer_lag_seconds", "Age of the fact handled last, when it was handled", ["service"])
_outbox = Gauge("xiangyin_outbox_age_seconds", "Age of the oldest fact not yet confirmed by the broker", ["service"])
_parked = Gauge("xiangyin_parked", "Facts set aside and not yet handled", ["service"])
_not_believed = Gauge("xiangyin_not_believed", "Messages set aside as not from whom they say", ["service"])
_hub = Gauge("xiangyin_hub_lag_seconds", "How late the event loop woke a sleeper", ["service"])


def request(service, method, route, status, seconds):
    """An HTTP request was answered; `route` is the template, empty when none matched."""
    _requests.labels(service, method, route, status).inc()
    _seconds.labels(service, method, route).observe(seconds)


def fact_out(service, wire):
    """A fact of this wire type was confirmed by the broker."""
    _facts_out.labels(service, wire).inc()


def fact_in(service, wire):
    """A fact of this wire type had its effect."""
    _facts_in.labels(service, wire).inc()


def batch(service, size):
    """A batch of this size was taken."""
    _batch.labels(service).observe(size)


def tick_failed(service, method):
    """A due method raised."""
    _ticks.labels(service, method).inc()


def consumer_lag(service, seconds):
    """The fact just handled was this old."""
    _lag.labels(service).set(seconds)


def outbox_age(service, seconds):
    """The oldest unconfirmed fact is this old (0 = none)."""
    _outbox.labels(service).set(seconds)


def parked(service, count):
    """So many facts are parked."""
    _parked.labels(service).set(count)


def not_believed(service, count):
    """So many messages are set aside that are not from whom they say."""
    _not_believed.labels(service).set(count)


def hub_lag(service, seconds):
    """The event loop woke a sleeper this late."""
    _hub.labels(service).set(seconds)
