"""Keys and passwords are changed while everybody goes on (docs/operate.md, Rotation)."""

import stat

import pytest
from kombu.exceptions import OperationalError
from pymongo.errors import OperationFailure

from chassis.auth.keys import make_keys, rotate
from chassis.auth.tokens import Tokens
from chassis.bus import broker
from chassis.core.problems import Problem
from chassis.data.mongo import connect
from chassis.provision import provision
from chassis.tests.example import ExampleService

pytestmark = pytest.mark.own_county


class Services:
    """Two services with their keys; each `Tokens` is a process that read its files when it started."""

    def __init__(self, home):
        self.home = home
        make_keys(home, {"identity": [], "petition": []})
        self.restart("identity", "petition")

    def restart(self, *names):
        for name in names:
            setattr(self, name, Tokens(self.home / name, name))

    def rotate(self, step, *restarted):
        rotate(self.home, step, "petition")
        self.restart(*restarted)

    def asked(self, token=None):
        return self.identity.verify(token or self.petition.issue("identity"))


def test_a_service_changes_its_key_and_is_believed_at_every_moment(tmp_path):
    services = Services(tmp_path)
    before = services.petition.issue("identity")
    services.rotate("announce")
    assert services.asked() == "petition"
    services.restart("petition", "identity")
    services.rotate("use")
    assert services.asked() == "petition"
    services.restart("petition")
    after = services.petition.issue("identity")
    assert services.asked(before) == services.asked(after) == "petition"
    services.rotate("retire", "identity", "petition")
    assert services.asked() == services.asked(after) == "petition"
    with pytest.raises(Problem, match="token_invalid"):
        services.asked(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("*/*")} == {0o600}
    assert {path.name for path in (tmp_path / "petition").glob("*.pem")} == {"service.pem"}


@pytest.mark.feature("K01")
def test_a_new_service_is_believed_without_a_restart_of_anybody(tmp_path):
    services = Services(tmp_path)
    make_keys(tmp_path / "elsewhere", {"identity": [], "water": []})
    stranger = Tokens(tmp_path / "elsewhere" / "water", "water").issue("identity")
    with pytest.raises(Problem, match="token_invalid"):
        services.asked(stranger)
    make_keys(tmp_path, {"identity": [], "petition": [], "water": []})
    services.restart("water")
    assert services.asked(services.water.issue("identity")) == "water"
    assert services.asked() == "petition"
    with pytest.raises(Problem, match="token_invalid"):
        services.asked(stranger)


def test_the_next_key_of_one_service_signs_for_no_other(tmp_path):
    services = Services(tmp_path)
    services.rotate("announce", "identity")
    services.petition.service = "identity"
    with pytest.raises(Problem, match="token_invalid"):
        services.identity.verify(services.petition.issue("identity"))


def test_a_service_gets_new_passwords_and_the_old_ones_open_nothing(running, county):
    example = running(ExampleService)
    old = county.environment("example")
    county.passwords["example"] = "another-" + county.passwords["example"]
    new = county.environment("example")
    provision(ExampleService, new | county.admins)
    assert example.http.get("/v1/notes/1").status_code == 200
    with example.paused():
        example.config |= new
    assert example.http.get("/v1/notes/1").status_code == 200
    with connect(new["MONGO_URI"]) as client:
        assert client[f"{county.name}_example"].notes.find_one() is None
    with connect(old["MONGO_URI"]) as client, pytest.raises(OperationFailure, match="Authentication failed"):
        client[f"{county.name}_example"].notes.find_one()
    broker.connect(new["AMQP_URI"]).close()
    with pytest.raises((OperationalError, *broker.GONE)):
        broker.connect(old["AMQP_URI"])
