"""Settings of a process, from the environment; one that is missing stops the start with its name."""

from environs import Env, EnvError

NEEDED = ("COUNTY", "AMQP_URI", "MONGO_URI", "SECRETS_DIR", "HTTP_ADDRESS", "INTERNAL_ADDRESS", "HEALTH_ADDRESS")
MAX_WORKERS = 50


class BadSetting(RuntimeError):
    """A setting is missing or of the wrong type; the message names it, never its value."""


def read(wanted):
    """The settings every service needs, and the service's own (`wanted`: name → `str`, `int`, `float` or `bool`)."""
    env = Env()
    settings = {name: _one(env, name, kind) for name, kind in (dict.fromkeys(NEEDED, str) | wanted).items()}
    return settings | _optional(env) | {"max_workers": MAX_WORKERS}


def _optional(env):
    """Other services, how we are reached, and how often: docs/chassis.md, Environment of a process."""
    return {
        "PEERS": env.dict("PEERS", {}),
        "CORS_ORIGINS": env.list("CORS_ORIGINS", []),
        "PROXIES": env.int("PROXIES", 0),
        "RATES": env.float("RATES", 1.0),
        "TLS_DIR": env.str("TLS_DIR", ""),
    }


def _one(env, name, kind):
    try:
        return getattr(env, kind.__name__)(name)
    except EnvError:
        raise BadSetting(f"setting {name} must be given as {kind.__name__}") from None
