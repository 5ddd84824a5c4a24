"""HTTP routes: server, request parsing, limits, idempotency, OpenAPI."""
