"""Sessions, the tokens they give, and the keys that sign these."""

from chassis import people, problems
from chassis.limits import network
from chassis.service import ANYONE, http, internal
from services.identity.domain import Session, SessionNotFound, SignInAgain, device_of, network_of
from services.identity.schemas import sessions as schemas


class SessionDesk:
    """Tokens of ten minutes; where one is signed in, and signing out there."""

    @http("POST", "/v1/sessions/refresh", body=schemas.Refresh, returns=schemas.Tokens, kept=False, roles=ANYONE)
    def refresh(self, call):
        """The next pair of tokens; an old refresh token that comes back late ends the session."""
        token = call.body["refresh_token"]
        session = self.sessions.get(token.partition(".")[0])
        if session.stolen(token, call.at):
            self.end_sessions(session.person, [session])
            return problems.answer(SignInAgain())  # not raised: the session's end is to be kept
        with self.sessions.edit(session.id) as session:
            renewed = session.renew(token, call.at)
        tokens = self._tokens(session, renewed)
        self.note_renewal(call, tokens, self._comes_from(call))
        return tokens

    @http("GET", "/v1/sessions", returns=schemas.Sessions)
    def list_sessions(self, call):
        """Where one is signed in."""
        items = self.sessions.running(call.person.id, call.at)
        return {"items": [vars(each) | {"current": each.id == call.person.session} for each in items]}

    @http("DELETE", "/v1/sessions/current", status=204)
    def sign_out(self, call):
        """End the session of the access token in hand."""
        self.end_sessions(call.person.id, [self.sessions.get(call.person.session)])

    @http("DELETE", "/v1/sessions/{id}", status=204)
    def end_session(self, call, id):
        """End one of one's sessions."""
        found = [session for session in self.sessions.running(call.person.id, call.at) if session.id == id]
        if not found:
            raise SessionNotFound()
        self.end_sessions(call.person.id, found)

    @http("DELETE", "/v1/sessions", status=204)
    def sign_out_everywhere(self, call):
        """End all of one's sessions; access tokens of all devices are void at once."""
        self.end_all_sessions(call.person.id, call.at)

    @http("GET", "/.well-known/jwks.json", returns=schemas.Jwks, roles=ANYONE)
    def show_keys(self, call):
        """Public keys of access tokens."""
        return people.jwks(key.public_key() for key in self._keys())

    # asked by services

    @internal("GET", "/internal/v1/jwks", returns=schemas.Jwks)
    def serve_keys(self, call):
        """Public keys of access tokens."""
        return people.jwks(key.public_key() for key in self._keys())

    # what every way to sign in shares

    def start_session(self, call, person, by_wechat=False):
        """A new session of a person and its tokens."""
        device = device_of(call.request.headers.get("User-Agent", ""))
        session, token = Session.start(person, call.at, device, self._comes_from(call), by_wechat)
        self.sessions.add(session)
        return self._tokens(session, token)

    def end_sessions(self, person, sessions):
        """End sessions of a person; their access tokens are void at once."""
        for session in sessions:
            with self.sessions.edit(session.id) as session, self.people.edit(person) as holder:
                session.end(self.now())
                holder.revoke(self.now(), session.id)

    def end_all_sessions(self, person, at):
        """End all sessions of a person; her access tokens of all devices are void at once."""
        for session in self.sessions.running(person, at):
            with self.sessions.edit(session.id) as session:
                session.end(at)
        with self.people.edit(person) as holder:
            holder.revoke(self.now())

    def _tokens(self, session, refresh_token):
        """Answer of a sign-in. The person is saved too, so that it clashes with an office that is just being ended."""
        with self.people.edit(session.person) as person:
            at = self.now()
            roles, held_back = self._roles(person, session, at)
        bearer = people.Person(person.id, person.region, roles)
        return {
            "access_token": people.issue(bearer, self._keys()[0], at, session.id),
            "refresh_token": refresh_token,
            "expires_in": people.LIFE,
            "person": person.id,
            "region": person.region,
            "roles": roles,
            "second_factor_needed": held_back,
        }

    def _comes_from(self, call):
        return network_of(network(call.request, self.settings["PROXIES"]))

    def _roles(self, person, session, at):
        """Roles for a token, and whether some wait for a second factor, as those of STRONG_LEVELS do."""
        held, levels = person.held(at), self.settings["STRONG_LEVELS"].split(",")
        if session.strong or levels == [""]:
            return held, False
        keep = lambda region: self.regions.get(region).level not in levels  # noqa: E731
        weak = {role: list(filter(keep, scope)) for role, scope in held.items()}
        return {role: scope for role, scope in weak.items() if scope}, weak != held

    def _keys(self):
        return people.access_keys(self.settings["SECRETS_DIR"])
