"""The services of this repository, by the folders below `services/`."""

from pathlib import Path

SERVICES = Path(__file__).parents[1] / "services"


def services():
    """Names of the services, in order."""
    return sorted(path.name for path in SERVICES.iterdir() if _map(path.name).exists())


def _map(service):
    single = SERVICES / service / "service.py"
    return single if single.exists() else single.with_suffix("") / "__init__.py"
