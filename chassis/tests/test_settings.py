"""Settings: what may be left out has a default, and what is missing is told at once, by name."""

import pytest

from chassis.core import settings
from chassis.core.settings import Setting

OWN = {
    "POLICY_FILE": Setting(default="policy.json"),
    "GATEWAY": Setting(),
    "LANES": Setting(int),
    "TOKEN": Setting(secret=True),
}


def test_a_default_is_taken_where_the_environment_is_silent(monkeypatch):
    for name, value in {"GATEWAY": "here", "LANES": "3", "TOKEN": "t"}.items():
        monkeypatch.setenv(name, value)
    assert settings.read(OWN) == {"POLICY_FILE": "policy.json", "GATEWAY": "here", "LANES": 3, "TOKEN": "t"}
    monkeypatch.setenv("POLICY_FILE", "ours.json")
    assert settings.read(OWN)["POLICY_FILE"] == "ours.json"


def test_all_that_is_missing_or_of_another_type_is_named_in_one_sentence_without_values(monkeypatch):
    monkeypatch.setenv("LANES", "hunter2")
    with pytest.raises(settings.BadSetting) as told:
        settings.read(OWN)
    assert str(told.value) == "these settings must be given: GATEWAY as str, LANES as int, TOKEN as str"


def test_a_group_names_the_type_and_its_service_the_default():
    assert Setting.of(int) == Setting(int)
    assert Setting.of(OWN["POLICY_FILE"]) is OWN["POLICY_FILE"]
    assert settings.defaults(OWN) == {"POLICY_FILE": "policy.json"}
