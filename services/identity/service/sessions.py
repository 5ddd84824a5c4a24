"""Sessions: where one is signed in, renewing that, and signing out there."""

from chassis.service import ANYONE, Group, Uses, answer, http, network
from services.identity.domain.session import Session, SessionNotFound, SignInAgain, device_of, network_of
from services.identity.schemas import sessions as schemas
from services.identity.service.risks import Traces
from services.identity.service.tokens import Tokens
from services.identity.store.people import People
from services.identity.store.sign_in import Sessions, Turns


class SessionLifecycle(Group):
    """Starting and ending sessions, for every way to sign in and out."""

    sessions = Sessions()
    people = People()
    tokens = Uses(Tokens)
    settings = {"PROXIES": int}

    def start(self, call, person, by_wechat=False):
        """A new session of a person (id): its tokens."""
        device, key = device_of(call.request.headers.get("User-Agent", "")), self.tokens.repeat_key(call)
        session = self.sessions.begun(person, key)
        if session is None:
            session = Session.start(person, call.at, device, self.network(call), by_wechat, key)
            self.sessions.add(session)
        return self.tokens.pair(session)

    def end(self, person, sessions):
        """End sessions of a person (id); their access tokens are void at once."""
        for session in sessions:
            with self.sessions.edit(session.id) as session, self.people.edit(person) as holder:
                session.end(self.now())
                holder.revoke(self.now(), session.id)

    def end_all(self, person, at):
        """End all sessions of a person (id); access tokens of all devices are void at once."""
        for session in self.sessions.running(person, at):
            with self.sessions.edit(session.id) as session:
                session.end(at)
        with self.people.edit(person) as holder:
            holder.revoke(self.now())

    def network(self, call):
        """The network of the caller, as coarse as the list of sessions shows it."""
        return network_of(network(call.request, self.settings["PROXIES"]))


class SignedInDevices(Group):
    """One's own sessions: renewed, listed, ended."""

    sessions = Sessions()
    turns = Turns()
    people = People()
    tokens = Uses(Tokens)
    lifecycle = Uses(SessionLifecycle)
    traces = Uses(Traces)

    @http("POST", "/v1/sessions/refresh", body=schemas.Refresh, returns=schemas.Tokens, kept=False, roles=ANYONE)
    def refresh(self, call):
        """The next pair of tokens, the same again for the same Idempotency-Key; an old token ends the session."""
        id, turn = self.tokens.session_of(call.body["refresh_token"])
        session, key = self.sessions.get(id), self.tokens.repeat_key(call)
        spent = self.tokens.digest(f"spent:{id}:{turn}")
        if session.stolen(turn, key, self.turns.lately(spent, call.at), call.at):
            return self._copied(session)
        with self.sessions.edit(id) as session:
            session.renew(turn, key, call.at)
        self.turns.put(spent, {"at": call.at})
        tokens = self.tokens.pair(session)
        self.traces.note_renewal(call, tokens, self.lifecycle.network(call))
        return tokens

    @http("GET", "/v1/sessions", returns=schemas.Sessions)
    def list_sessions(self, call):
        """Where one is signed in."""
        items = self.sessions.running(call.person.id, call.at)
        return {"items": [vars(each) | {"current": each.id == call.person.session} for each in items]}

    @http("DELETE", "/v1/sessions/current", status=204)
    def sign_out(self, call):
        """End the session of the access token in hand."""
        self.lifecycle.end(call.person.id, [self.sessions.get(call.person.session)])

    @http("DELETE", "/v1/sessions/{id}", status=204)
    def end_session(self, call, id):
        """End one of one's sessions."""
        found = [session for session in self.sessions.running(call.person.id, call.at) if session.id == id]
        if not found:
            raise SessionNotFound()
        self.lifecycle.end(call.person.id, found)

    @http("DELETE", "/v1/sessions", status=204)
    def sign_out_everywhere(self, call):
        """End all of one's sessions; access tokens of all devices are void at once."""
        self.lifecycle.end_all(call.person.id, call.at)

    def _copied(self, session):
        """Somebody else has a refresh token of hers: it ends for both, and she is told."""
        self.lifecycle.end(session.person, [session])
        with self.people.edit(session.person) as person:
            person.notice("copied", self.now())
        return answer(SignInAgain())  # not raised: the session's end is to be kept
