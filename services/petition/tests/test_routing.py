"""分办规则: the first rule that matches says where a letter begins; what a rule names and is gone switches it off."""

from dataclasses import replace

import pytest

from contracts.identity.regions import RegionMerged
from contracts.petition.routing import PetitionRoutingChanged, PetitionRuleDisabled
from services.petition.domain.policy import LADDER
from services.petition.domain.refusals import (
    RoutingChanged,
    RuleRegionGone,
    RuleTarget,
    UnknownAnswer,
    UnknownCategory,
)
from services.petition.domain.routing import VERDICTS, Addressed, Routing, Rule
from services.petition.tests.conftest import CITY, TOWN, VILLAGE
from services.petition.tests.letters import PATH, POLICY, START

pytestmark = pytest.mark.feature("P03")
WATER = Addressed(category="water", path=PATH, answers={"kind": "river"})
RIVER = Rule(name="河道由镇办理", categories=["water"], answers={"kind": "river"}, level="town")


def weigh(*rules, letter=WATER, gone=()):
    """The verdicts, and the level of the rule that matched."""
    routing = Routing(id="000001", edition=1, rules=list(rules))
    weighed = list(routing.weigh(letter, lambda region: region not in gone))
    routed = routing.result(weighed, letter)
    return [each.verdict for each in weighed], routed and routed.level


@pytest.mark.parametrize(
    ("rule", "verdict"),
    [
        (RIVER, "matched"),
        (Rule(name="全部", level="city"), "matched"),
        (Rule(name="本镇", region=TOWN, office=TOWN), "matched"),
        (Rule(name="道路", categories=["roads"], level="town"), "category"),
        (replace(RIVER, answers={"kind": "canal"}), "answers"),
        (Rule(name="别的村", region="510183122212", level="town"), "region"),
        (Rule(name="别的镇", office="510183121"), "region"),
        (replace(RIVER, off_since=START), "off"),
    ],
)
def test_a_rule_says_why_it_matches_or_not(rule, verdict):
    assert weigh(rule)[0] == [verdict]


def test_the_first_rule_that_matches_wins_and_later_ones_are_not_asked():
    others = [Rule(name="道路", categories=["roads"], level="city"), RIVER, Rule(name="全部", level="city")]
    assert weigh(*others) == (["category", "matched"], "town")
    assert weigh() == ([], None)
    assert weigh(others[0]) == (["category"], None)


def test_a_rule_whose_region_is_gone_is_passed_over():
    rules = [Rule(name="并掉的镇", office="510183199"), Rule(name="全部", level="city")]
    assert weigh(*rules, gone=["510183199"]) == (["gone", "matched"], "city")
    assert weigh(Rule(name="别类", categories=["roads"], office="510183199"), gone=["510183199"])[0] == ["category"]


@pytest.mark.parametrize("about", LADDER)
@pytest.mark.parametrize("level", LADDER)
def test_no_rule_sends_a_letter_to_the_cadre_it_is_about(about, level):
    concerned = LADDER.index(level) <= LADDER.index(about)
    verdicts, _ = weigh(Rule(name="全部", level=level), letter=replace(WATER, about=about))
    assert verdicts == ["concerned" if concerned else "matched"]


def test_a_rule_switches_itself_off_and_says_so_once():
    routing = Routing(id="000001", edition=1, rules=[RIVER, RIVER])
    routing.switch_off(2, START)
    routing.switch_off(2, START)
    assert [rule.off_since for rule in routing.rules] == [None, START]
    assert [(fact.type, fact.data["position"]) for fact in routing.recorded] == [("petition.rule_disabled.v1", 2)]


@pytest.mark.parametrize(
    ("rule", "rule_broken"),
    [
        (Rule(name="没有去处"), RuleTarget),
        (Rule(name="两个去处", level="town", office=TOWN), RuleTarget),
        (Rule(name="没有的区划", region="510183199", level="town"), RuleRegionGone),
        (Rule(name="没有的类别", categories=["gossip"], level="town"), UnknownCategory),
        (Rule(name="没有的问题", categories=["roads"], answers={"kind": "river"}, level="town"), UnknownAnswer),
        (Rule(name="没有的回答", answers={"kind": "sea"}, level="town"), UnknownAnswer),
    ],
)
def test_an_impossible_rule_is_refused(rule, rule_broken):
    first = Routing.of_policy(POLICY, CITY)
    with pytest.raises(rule_broken):
        first.followed_by(0, [rule], POLICY, lambda region: region in PATH, by="p1", at=START, reason="试")


def test_only_whoever_knows_the_rules_in_force_replaces_them():
    second = Routing(id="000002", edition=2, rules=[])
    with pytest.raises(RoutingChanged):
        second.followed_by(1, [RIVER], POLICY, bool, by="p1", at=START, reason="试")
    third = second.followed_by(2, [RIVER], POLICY, bool, by="p1", at=START, reason="试")
    assert (third.id, third.edition, third.by) == ("000003", 3, "p1")


def test_every_verdict_and_every_result_has_chinese_words():
    assert all(any("一" <= sign <= "鿿" for sign in words) for words in VERDICTS.values())
    routing = Routing(id="000001", edition=1, rules=[RIVER])
    routed = routing.result(list(routing.weigh(WATER, bool)), WATER)
    assert routed.to_office().words == "第 1 条规则：河道由镇办理"
    author = routed.to_author()
    assert (author.position, author.name, author.words) == (
        None,
        None,
        "按本地的分办规则，您的来信由镇（街道）书记办理",
    )


def rule(name, **fields):
    return {"name": name} | fields


def test_the_intake_replaces_tries_and_explains_the_rules(client):
    def put(edition, *rules, person=client.intake):
        body = {"edition": edition, "reason": "按市里的分工", "rules": rules}
        return client.http.put("/v1/routing", json=body, person=person)

    merged_away = rule("样例村的水", categories=["water"], office="510183122212")
    river = rule("河道由镇办理", categories=["water"], answers={"kind": "river"}, level="town")
    client.refuses(lambda: put(0, river, person=client.city), 403, "not_allowed")
    client.refuses(lambda: put(1, river), 409, "routing_changed")
    assert put(0, merged_away, river).json()["edition"] == 1
    letter = {"category": "water", "answers": {"kind": "river"}}
    tried = client.http.post(
        "/v1/routing/try", json=letter | {"region": VILLAGE, "recipient": "village"}, person=client.intake
    )
    assert tried.json() == {
        "level": "town",
        "office": TOWN,
        "words": "第 2 条规则：河道由镇办理",
        "tried": [
            {"position": 1, "name": "样例村的水", "words": "不在所写的区划内"},
            {"position": 2, "name": "河道由镇办理", "words": "符合，按这一条办理"},
        ],
    }
    client.refuses(lambda: client.write(category="water", answers={"kind": "sea"}), 422, "unknown_answer")
    client.service.tell(RegionMerged, subject="510183122212", into=VILLAGE)
    number = client.number(**letter)
    seen = [client.read(number, who).json() for who in (client.ann, client.town)]
    assert [each["level"] for each in seen] == ["town", "town"]
    assert [each["routed"]["words"] for each in seen] == [
        "按本地的分办规则，您的来信由镇（街道）书记办理",
        "第 2 条规则：河道由镇办理",
    ]
    assert client.read(client.number(), client.ann).json()["routed"] is None
    (off,) = client.service.facts(PetitionRuleDisabled)
    assert (off.edition, off.position, off.regionid) == (1, 1, CITY)
    shown = client.http.get("/v1/routing", person=client.intake).json()
    assert [bool(each["off_since"]) for each in shown["rules"]] == [True, False]
    assert put(1).json()["rules"] == []
    assert client.http.get("/v1/routing?edition=1", person=client.intake).json()["reason"] == "按市里的分工"
    assert [fact.edition for fact in client.service.facts(PetitionRoutingChanged)] == [1, 2]
