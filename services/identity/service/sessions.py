"""Sessions, the tokens they give, and the keys that sign these."""

import hmac

from chassis.auth import people
from chassis.core import problems
from chassis.service import ANYONE, http, internal
from chassis.web.limits import network
from services.identity.domain.session import Session, SessionNotFound, SignInAgain, device_of, network_of
from services.identity.schemas import sessions as schemas

SECRET = "refresh"  # the name in the vault of what refresh tokens are derived from


class SessionDesk:
    """Tokens of ten minutes; where one is signed in, and signing out there."""

    @http("POST", "/v1/sessions/refresh", body=schemas.Refresh, returns=schemas.Tokens, kept=False, roles=ANYONE)
    def refresh(self, call):
        """The next pair of tokens, the same again for the same Idempotency-Key; an old token ends the session."""
        session, turn = self._family(call.body["refresh_token"])
        key, spent = self.repeat_key(call), self._digest(f"spent:{session.id}:{turn}")
        if session.stolen(turn, key, self.turns.lately(spent, call.at), call.at):
            return self._copied(session)
        with self.sessions.edit(session.id) as session:
            session.renew(turn, key, call.at)
        self.turns.put(spent, {"at": call.at})
        tokens = self._tokens(session)
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
        device, key = device_of(call.request.headers.get("User-Agent", "")), self.repeat_key(call)
        session = self.sessions.begun(person, key)
        if session is None:
            session = Session.start(person, call.at, device, self._comes_from(call), by_wechat, key)
            self.sessions.add(session)
        return self._tokens(session)

    def repeat_key(self, call):
        """The keyed hash of the Idempotency-Key by which a client repeats what it lost the answer of, or None."""
        return call.key and self._digest(f"key:{call.key}")

    def access_token(self, session, fresh=False):
        """An access token of a Session; `fresh`: of five minutes, for what outlives the session."""
        return self._bearer(session, fresh)[0]

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

    def _tokens(self, session):
        """Answer of a sign-in."""
        token, bearer, held_back = self._bearer(session)
        return {
            "access_token": token,
            "refresh_token": self._refresh_token(session.id, session.turn),
            "expires_in": people.LIFE,
            "person": bearer.id,
            "region": bearer.region,
            "roles": bearer.roles,
            "second_factor_needed": held_back,
        }

    def _bearer(self, session, fresh=False):
        """Access token of a session, for whom, and whether roles wait for a second factor.

        The person is saved too, so that it clashes with an office that is just being ended.
        """
        with self.people.edit(session.person) as person:
            at = self.now()
            roles, held_back = self._roles(person, session, at)
        bearer = people.Person(person.id, person.region, roles, fresh=at if fresh else None)
        life = people.CONFIRMED_SECONDS if fresh else people.LIFE
        token = people.issue(bearer, self._keys()[0], self.settings["COUNTY"], at, session.id, life)
        return token, bearer, held_back

    def _family(self, token):
        """The Session of a refresh token that we gave, and the token's number. Raises SignInAgain."""
        id, turn = (*token.split("."), "", "")[:2]
        if not turn.isdecimal() or not hmac.compare_digest(self._refresh_token(id, int(turn)).encode(), token.encode()):
            raise SignInAgain()
        return self.sessions.get(id), int(turn)

    def _refresh_token(self, session, turn):
        """Session, number and what only we can derive from both: none of it is kept but the number of the last."""
        return f"{session}.{turn}.{self._digest(f'{session}.{turn}')}"

    def _digest(self, text):
        return self.vault.digest(text, under=SECRET)

    def _copied(self, session):
        """Somebody else has a refresh token of hers: it ends for both, and she is told."""
        self.end_sessions(session.person, [session])
        with self.people.edit(session.person) as person:
            person.notice("copied", self.now())
        return problems.answer(SignInAgain())  # not raised: the session's end is to be kept

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
