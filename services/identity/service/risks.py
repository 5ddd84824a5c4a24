"""风险预警: gathers the traces of people's work from every service and raises alarms by the rules of `risks.json`."""

from contextlib import suppress
from datetime import datetime

import structlog

from chassis.domain import new_id
from chassis.service import Group, PeerRefused, Peers, PeerUnavailable, every, http
from chassis.store import Duplicate
from services.identity.domain import risk
from services.identity.domain.office import BY_TWO
from services.identity.domain.risk import Risk, Signal, findings, risk_id
from services.identity.schemas import risks as schemas
from services.identity.store.people import People
from services.identity.store.regions import Regions
from services.identity.store.risks import Risks, Signals, Watched, lately, started_lately
from services.identity.store.sign_in import Sessions

WATCHERS = {"roles": ["cityadmin", "discipline"]}
KINDS = {403: risk.NOT_ALLOWED, 404: risk.NOT_FOUND}
LOGS = ("reads", "refusals")

log = structlog.get_logger()


class Traces(Group):
    """Signals of what one request shows of somebody's work, taken in at once."""

    signals = Signals()

    def note_list(self, call, people):
        """Somebody was shown a masked list of these people (ids)."""
        self._keep(call, risk.LISTED, [person for person in people if person])

    def note_grant(self, call, person, role):
        """Somebody gave a person (id) a role, or nominated her for one; once however often the command runs."""
        kind = risk.STRONG_GRANT if role.role in BY_TWO else risk.GRANT
        self._keep(call, kind, [person], f"{call.person.id}:{person}:{role.role}:{role.region}:{call.at.timestamp()}")

    def note_renewal(self, call, tokens, network):
        """The token of somebody with an office was renewed from a network, as exact as her own list of sessions."""
        if tokens["roles"].keys() - {"villager"}:
            self._keep(call, risk.RENEWAL, [network], who=tokens["person"])

    def _keep(self, call, kind, things, id=None, who=None):
        signal = Signal(id=id or new_id(), who=who or call.person.id, at=call.at, kind=kind, things=things)
        self.signals.take([signal], call.at)


class RiskWatch(Group):
    """Alarms, and what somebody else than the person in question found."""

    risks = Risks()
    signals = Signals()
    watched = Watched()
    sessions = Sessions()
    people = People()
    regions = Regions()
    peers = Peers()

    @http("GET", "/v1/risks", query=schemas.RiskQuery, returns=schemas.Risks, **WATCHERS)
    def list_risks(self, call):
        """Alarms, latest first; by default those that wait for a review."""
        return {"items": self.risks.reviewable(call.query["open"], call.query["limit"])}

    @http("GET", "/v1/risks/{id}", returns=schemas.Risk, **WATCHERS)
    def show_risk(self, call, id):
        """One alarm."""
        return self.risks.get(id)

    @http("POST", "/v1/risks/{id}/review", body=schemas.Review, returns=schemas.Risk, again="show_risk", **WATCHERS)
    def review_risk(self, call, id):
        """Say what an alarm came to."""
        with self.risks.edit(id) as alarm:
            alarm.review(call.body["outcome"], call.person.id)
        return alarm

    # due

    @every(seconds=15)
    def watch(self):
        """Read on in every service's logs, then judge whoever was in them."""
        for service in self.peers.names:
            for name in LOGS:
                self._read_on(service, name)
        self.signals.take([_sign_in(session) for session in started_lately(self.sessions)], self.now())
        for who in self.signals.active(lately(self.now())):
            self._judge(who)

    # parts of the above

    def _read_on(self, service, name):
        place = f"{service} {name}"
        try:
            rows = self.peers.ask(service, f"/internal/v1/{name}", after=self.watched.reached(place))
        except (PeerUnavailable, PeerRefused) as error:
            return log.warning("not_watched", service=service, log=name, error=type(error).__name__)
        self.signals.take([signal for row in rows if (signal := SIGNAL_OF[name](row)).things], self.now())
        if rows:
            self.watched.put(place, {"after": rows[-1]["id"]})

    def _judge(self, who):
        """Raise what is found about a person and has not been raised; who is no person of ours is a service."""
        found = findings(self.signals.of(who, self.now()))
        known = self.risks.known([risk_id(rule, who, window) for rule, window, _ in found])
        person = self.people.first({"_id": who}) if found else None
        for rule, window, count in found:
            if (person or who.startswith(risk.NETWORK)) and risk_id(rule, who, window) not in known:
                self._raise(rule, window, who, _place_of(person), count)

    def _raise(self, rule, window, who, place, count):
        city = self.regions.first({"level": "city"})
        told = {"about": who, "place": place, "city": city and city.id, "count": count}
        with suppress(Duplicate):  # another replica was first
            self.risks.add(Risk.raise_(rule, window, self.now(), **told))


def _place_of(person):
    """Where a person serves, else belongs; None for nobody."""
    return person and next(iter([*(role.region for role in person.roles), person.region]))


def _sign_in(session):
    return Signal(id=session.id, who=session.person, at=session.started_at, kind=risk.SIGN_IN, things=[session.network])


def _read(row):
    whom = sorted({*row["whom"]} - {row["who"]})
    return Signal(id=row["id"], who=row["who"], at=datetime.fromisoformat(row["at"]), kind=risk.READ, things=whom)


def _refusal(row):
    at, status = datetime.fromisoformat(row["at"]), row["status"]
    kind = risk.STRANGER if row["who"].startswith(risk.NETWORK) else KINDS[status]
    return Signal(id=row["id"], who=row["who"], at=at, kind=kind, things=[str(status)])


SIGNAL_OF = {"reads": _read, "refusals": _refusal}
