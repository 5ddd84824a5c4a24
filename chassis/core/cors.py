"""Pages of other origins that may ask: a list in the setting CORS_ORIGINS, nobody by default."""

from werkzeug.wrappers import Response

METHODS = "GET, POST, PUT, PATCH, DELETE"
SENT = "Authorization, Content-Type, Idempotency-Key, traceparent, Xiangyin-Claim, Xiangyin-Proof"
READ = "Retry-After, X-Request-Id"
KEPT_SECONDS = "600"


def preflight(request, origins):
    """The answer to a browser that asks whether a page may ask; None when this is no such question."""
    asked = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    if not (asked and request.headers.get("Origin") in origins):
        return None
    answer = Response(status=204)
    answer.headers["Access-Control-Allow-Methods"] = METHODS
    answer.headers["Access-Control-Allow-Headers"] = SENT
    answer.headers["Access-Control-Max-Age"] = KEPT_SECONDS
    return answer


def headers(request, origins):
    """What lets a page of a listed origin read the answer."""
    if not origins:
        return {}
    origin = request.headers.get("Origin")
    allowed = {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": READ}
    return {"Vary": "Origin"} | (allowed if origin in origins else {})
