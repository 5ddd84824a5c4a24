"""Settings of a process, from its environment. All that are missing or of another type are named in one sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from environs import Env, EnvError

MAX_WORKERS = 50
REQUIRED: Any = object()


class BadSetting(RuntimeError):
    """Settings are missing or of the wrong type; the message names them, never a value."""


@dataclass(frozen=True)
class Setting:
    """One setting: `str`, `int`, `float`, `bool`, `Path`, `list` (a,b) or `dict` (a=1,b=2).

    Without a default it must be given. A `secret` one is kept with the service's account (`deploy/k8s/secrets.py`).
    """

    kind: type = str
    default: Any = REQUIRED
    secret: bool = False

    @classmethod
    def of(cls, wanted: Any) -> "Setting":
        """A group may name the type alone, and leave the default to its service."""
        return wanted if isinstance(wanted, cls) else cls(wanted)

    @property
    def required(self) -> bool:
        """Whether every environment must say it."""
        return self.default is REQUIRED

    def read(self, env: Env, name: str) -> Any:
        """Its value. Raises EnvError."""
        given = {} if self.required else {"default": self.default}
        return getattr(env, self.kind.__name__.lower())(name, **given)


EVERY = {
    "COUNTY": Setting(),
    "AMQP_URI": Setting(secret=True),
    "MONGO_URI": Setting(secret=True),
    "SECRETS_DIR": Setting(),
    "HTTP_ADDRESS": Setting(),
    "INTERNAL_ADDRESS": Setting(),
    "HEALTH_ADDRESS": Setting(),
    "PEERS": Setting(dict, {}),
    "CORS_ORIGINS": Setting(list, []),
    "PROXIES": Setting(int, 0),
    "RATES": Setting(float, 1.0),
    "TLS_DIR": Setting(default=""),
}


def of_service(own: dict[str, Setting]) -> dict[str, Any]:
    """What a service runs with: the settings of every service (docs/chassis.md) and its own. Raises BadSetting."""
    return read(EVERY | own) | {"max_workers": MAX_WORKERS}


def read(wanted: Mapping[str, Setting]) -> dict[str, Any]:
    """Values by name, from the environment of this process. Raises BadSetting."""
    env, found, bad = Env(), {}, []
    for name, setting in wanted.items():
        try:
            found[name] = setting.read(env, name)
        except EnvError:
            bad.append(f"{name} as {setting.kind.__name__}")
    if bad:
        raise BadSetting(f"these settings must be given: {', '.join(bad)}")
    return found


def defaults(wanted: Mapping[str, Setting]) -> dict[str, Any]:
    """Values of those that need not be given."""
    return {name: setting.default for name, setting in wanted.items() if not setting.required}
