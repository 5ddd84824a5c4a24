"""Rules of early warning (风险预警): what they find is what counting by hand finds."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.privacy import denials
from services.identity.domain import risk
from services.identity.domain.risk import AlreadyReviewed, OwnRisk, Risk, Rule, Signal, findings

pytestmark = pytest.mark.feature("I10")
AT = datetime(2026, 11, 23, 2, tzinfo=UTC)  # ten in the morning in Beijing
MINUTE = timedelta(minutes=1)
BY_NAME = {rule.rule: rule for rule in risk.RULES}

signals = st.lists(
    st.builds(
        lambda kind, minutes, things: (kind, AT + minutes * MINUTE, things),
        st.sampled_from(["read", "not_found"]),
        st.integers(0, 24 * 60),
        st.lists(st.sampled_from("abcdefgh"), max_size=4),
    ),
    max_size=25,
).map(lambda rows: [Signal(id=str(n), who="p", at=at, kind=kind, things=t) for n, (kind, at, t) in enumerate(rows)])
rules = st.builds(
    lambda **said: Rule(rule="r", name="规则", **said),
    kinds=st.sampled_from([["read"], ["read", "not_found"]]),
    least=st.integers(1, 8),
    minutes=st.sampled_from([5, 60, 600]),
    distinct=st.booleans(),
    hours=st.sampled_from([None, [22, 6], [9, 18]]),
)


def burst(kind, count, at=AT, apart=timedelta(seconds=5), things=None):
    """So many signals, each of another thing."""
    return [
        Signal(id=f"{kind}{n}", who="p", at=at + n * apart, kind=kind, things=things or [f"t{n}"]) for n in range(count)
    ]


def names(found):
    return {rule.rule for rule, _, _ in found}


@settings(deadline=None)
@given(rules, signals)
def test_a_rule_finds_what_counting_every_window_by_hand_finds(rule, given_signs):
    def looked_at(sign):
        hour = (sign.at + timedelta(hours=8)).hour
        return sign.kind in rule.kinds and (
            rule.hours is None or hour in (range(9, 18) if rule.hours == [9, 18] else (22, 23, *range(6)))
        )

    def count(end):
        inside = [s for s in given_signs if looked_at(s) and end - rule.minutes * MINUTE < s.at <= end]
        return len({thing for s in inside for thing in s.things}) if rule.distinct else len(inside)

    expected = {}
    for sign in filter(looked_at, given_signs):
        if count(sign.at) >= rule.least:
            expected[rule.window(sign.at)] = max(count(sign.at), expected.get(rule.window(sign.at), 0))
    assert rule.found(given_signs) == expected


@given(st.permutations(burst("not_allowed", 12)))
def test_the_order_in_which_traces_arrive_changes_nothing(shuffled):
    assert findings(shuffled) == findings(burst("not_allowed", 12))


@pytest.mark.parametrize(
    ("rule", "traces"),
    [
        ("mass_reads", burst("read", 100)),
        ("off_hours_reads", burst("read", 20, at=AT + timedelta(hours=13))),
        ("enumeration", burst("not_found", 30)),
        ("scope_probing", burst("not_allowed", 10)),
        ("mass_lists", burst("listed", 1000, apart=timedelta(seconds=1))),
        ("stranger_probing", burst("stranger", 100)),
        ("several_places", burst("sign_in", 3)),
        ("several_places", burst("renewal", 3)),
        ("many_grants", burst("grant", 20)),
        ("strong_grants", burst("strong_grant", 3)),
    ],
)
def test_each_rule_is_set_off_by_its_number_and_by_no_less(rule, traces):
    assert names(findings(traces)) == {rule}
    assert findings(traces[1:]) == []
    spread = burst(traces[0].kind, len(traces), traces[0].at, BY_NAME[rule].minutes * MINUTE)
    assert rule not in names(findings(spread))


def test_an_honest_day_sets_off_nothing():
    day = burst("read", 60, apart=8 * MINUTE) + burst("not_found", 12, apart=40 * MINUTE) + burst("sign_in", 2)
    assert findings(day) == []


def test_the_same_person_looked_at_again_and_again_is_one():
    assert findings(burst("read", 500, things=["the same"])) == []


def test_an_alarm_is_one_for_each_rule_person_and_window_and_says_no_more_than_numbers():
    rule, window, count = findings(burst("not_allowed", 12))[0]
    alarm = Risk.raise_(rule, window, AT, about="p1", place="510183122", city="510183", count=count)
    assert alarm.id == risk.risk_id(rule, "p1", window)
    [fact] = alarm.recorded
    assert fact.data == {"rule": "scope_probing", "region": "510183122", "about": "p1", "count": 12}
    assert fact.regionid == "510183"


def test_an_alarm_about_a_stranger_names_a_network_and_no_person():
    rule, window, count = findings(burst("stranger", 120))[0]
    about = denials.Names().of("118.112.9.7", AT.date())
    alarm = Risk.raise_(rule, window, AT, about=about, place=None, city="510183", count=count)
    [fact] = alarm.recorded
    assert (fact.type, fact.regionid) == ("identity.probing_found.v1", "510183")
    assert fact.data == {"rule": "stranger_probing", "network": about, "count": 120}


def test_a_network_has_another_name_each_day_and_in_each_process():
    names, address = denials.Names(), "118.112.9.7"
    today = names.of(address, AT.date())
    assert names.of(address, AT.date()) == today != names.of("118.112.9.8", AT.date())
    assert denials.Names().of(address, AT.date()) != today
    assert names.of(address, AT.date() + timedelta(days=1)) != today
    assert address not in today


def test_it_is_reviewed_once_and_by_somebody_else():
    rule, window, count = findings(burst("not_allowed", 12))[0]
    alarm = Risk.raise_(rule, window, AT, about="p1", place=None, city="510183", count=count)
    with pytest.raises(OwnRisk):
        alarm.review("justified", "p1")
    alarm.review("misuse", "p2")
    with pytest.raises(AlreadyReviewed):
        alarm.review("justified", "p3")
    assert (alarm.outcome, alarm.reviewed_by) == ("misuse", "p2")
