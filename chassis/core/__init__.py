"""What everything else stands on: settings, logs, metrics, failpoints, TLS, the reader of HTTP."""
