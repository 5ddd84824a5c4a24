"""Routing: the rules by which letters find their level when they come in, kept by the intake of the city."""

from chassis.service import Group, Regions, UnknownRegion, Uses, http
from services.petition.domain.policy import LADDER
from services.petition.domain.routing import GONE, Addressed, Rule, require_known_answers
from services.petition.schemas import routing as schemas
from services.petition.service.policy import Policies
from services.petition.store.routing import Routings

INTAKE_ONLY = {"roles": ["intake"]}
NO_RULE = "没有符合的规则，由来信人选择的书记办理"


class Routing(Group):
    """Reads, replaces and tries the rules; a letter is weighed once, when it is submitted."""

    regions = Regions()
    routings = Routings()
    policies = Uses(Policies)

    @http("GET", "/v1/routing", query=schemas.Edition, returns=schemas.Routing, **INTAKE_ONLY)
    def show_routing(self, call):
        """The rules in force, or those of an earlier edition."""
        edition = call.query["edition"]
        return self.routings.of_edition(edition) if edition else self._rules(call.person.scopes("intake")[0])

    @http("PUT", "/v1/routing", body=schemas.NewRules, returns=schemas.Routing, **INTAKE_ONLY)
    def replace_routing(self, call):
        """Put other rules in force; who, when and why stays with each edition."""
        rules, by = [Rule(**rule) for rule in call.body["rules"]], call.person.id
        now = self._rules(call.person.scopes("intake")[0])
        edition, reason = call.body["edition"], call.body["reason"]
        new = now.followed_by(edition, rules, self.policies.in_force, self._exists, by=by, at=call.at, reason=reason)
        self.routings.add(new)
        return new

    @http("POST", "/v1/routing/try", body=schemas.Trial, returns=schemas.Tried, kept=False, **INTAKE_ONLY)
    def try_routing(self, call):
        """Where such a letter would go, and what each rule says to it; nothing is sent or switched off."""
        letter = self._addressed(self._village_path(call.body["region"]), call.body)
        routing = self._rules(letter.path[-1])
        tried = list(routing.weigh(letter, self._exists))
        routed = routing.result(tried, letter)
        level = routed.level if routed else call.body["recipient"]
        words = routed.to_office().words if routed else NO_RULE
        return {"level": level, "office": letter.path[LADDER.index(level)], "words": words, "tried": tried}

    def routed(self, path, body, at):
        """{level, routed} of a letter that comes in."""
        return self.directed(self._addressed(path, body), body["recipient"], at)

    def directed(self, letter, otherwise, at):
        """{level, routed} by the first rule that matches, else the level `otherwise`.

        A rule that names what is gone is switched off.
        """
        routing = self._rules(letter.path[-1])
        weighed = list(routing.weigh(letter, self._exists))
        for gone in [each for each in weighed if each.verdict == GONE]:
            with self.routings.edit_edition(routing) as kept:
                kept.switch_off(gone.position, at)
        routed = routing.result(weighed, letter)
        return {"level": routed.level if routed else otherwise, "routed": routed}

    def _addressed(self, path, body):
        require_known_answers(self.policies.in_force, [body["category"]], body["answers"])
        return Addressed(path=path, **{name: body[name] for name in ("category", "answers", "about")})

    def _rules(self, city):
        return self.routings.current(self.policies.in_force, city)

    def _exists(self, region):
        row = self.regions.row(region)
        return row is not None and row["heir"] == region

    def _village_path(self, region):
        if self.regions.region(region)["level"] != LADDER[0]:
            raise UnknownRegion()
        return self.regions.path(region)
