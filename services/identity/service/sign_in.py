"""Sign-in by SMS code: challenges, sessions, tokens and their keys."""

import json
from functools import cache

from chassis import people
from chassis.domain import new_id
from chassis.service import ANYONE, every, http, internal
from services.identity.domain import Challenge, Person, Session, SignInFailed, code_for, phone_key
from services.identity.schemas import sign_in as schemas

access_keys = cache(people.access_keys)


class SignInDesk:
    """A code by SMS, a session, tokens of ten minutes."""

    @http(
        "POST",
        "/v1/challenges",
        body=schemas.CodeRequest,
        returns=schemas.Challenge,
        status=202,
        roles=ANYONE,
        rate="60/min",
    )
    def send_code(self, call):
        """Send a sign-in code; same work and same answer whether the phone is known or not."""
        id, phone = new_id(), call.body["phone"]
        phone_digest, code = self._phone_digest(phone), code_for(phone, self.settings["FIXED_CODE"])
        self.quotas.take(phone_digest, call.at)
        challenge = Challenge.issue(
            id=id,
            phone_digest=phone_digest,
            code_digest=self._code_digest(id, code),
            sealed=self.vault.seal(id, json.dumps({"phone": phone, "code": code})),
            at=call.at,
        )
        self.challenges.add(challenge)
        return challenge

    @http("POST", "/v1/sessions", body=schemas.SignIn, returns=schemas.Tokens, status=201, roles=ANYONE, rate="60/min")
    def sign_in(self, call):
        """Sign in with the code; an unknown phone becomes a person who is not verified yet."""
        person = self._who_has(call.body["challenge"], call.body["code"], call.at)
        session, token = Session.start(person.id, call.at)
        self.sessions.add(session)
        return self._tokens(person, session, token, call.at)

    @http("POST", "/v1/sessions/refresh", body=schemas.Refresh, returns=schemas.Tokens, roles=ANYONE)
    def refresh(self, call):
        """The next pair of tokens; an old refresh token that comes back ends the session."""
        token = call.body["refresh_token"]
        with self.sessions.edit(token.partition(".")[0]) as session:
            if session.stolen(token, call.at):
                self.sessions.end(session.id, call.at)
            renewed = session.renew(token, call.at)
        return self._tokens(self.people.get(session.person), session, renewed, call.at)

    @http("DELETE", "/v1/sessions/current", status=204)
    def sign_out(self, call):
        """End the session of the access token in hand."""
        with self.sessions.edit(call.person.session) as session:
            session.end(call.at)

    @http("GET", "/.well-known/jwks.json", returns=schemas.Jwks, roles=ANYONE)
    def show_keys(self, call):
        """Public keys of access tokens."""
        return people.jwks(key.public_key() for key in self._keys())

    # asked by services

    @internal("GET", "/internal/v1/jwks", returns=schemas.Jwks)
    def serve_keys(self, call):
        """Public keys of access tokens."""
        return people.jwks(key.public_key() for key in self._keys())

    @internal("GET", "/internal/v1/challenges/{id}", callers=["notify"], returns=schemas.SecretCode)
    def reveal_code(self, call, id):
        """Phone and code to send, while the challenge is open."""
        sealed = self.challenges.get(id).open(call.at)
        return json.loads(self.vault.open(sealed, call.caller, "发送验证码"))

    # due

    @every(seconds=30, each=lambda self: self.challenges.over(self.now()))
    def forget_code(self, id):
        """Wipe phone and code of a challenge that is used or over, and the key they were sealed with."""
        with self.challenges.edit(id) as challenge:
            challenge.wipe()
        self.vault.destroy(id)

    # parts of the above

    def _who_has(self, id, code, at):
        """The person who was sent this code; raises SignInFailed."""
        if not self.challenges.attempt(id):
            raise SignInFailed()
        with self.challenges.edit(id) as challenge:
            sealed = challenge.use(self._code_digest(id, code), at)
        return self.people.with_phone(challenge.phone_digest) or self._welcome(challenge.phone_digest, sealed)

    def _welcome(self, phone_digest, sealed):
        """A new person, not verified yet."""
        id, phone = new_id(), json.loads(self.vault.open(sealed, "identity", "首次登录"))["phone"]
        person = Person(id=id, phone=self.vault.seal(id, phone), phone_digest=phone_digest)
        self.people.add(person)
        return person

    def _tokens(self, person, session, refresh_token, at):
        held = person.held(at)
        bearer = people.Person(person.id, person.region, held)
        return {
            "access_token": people.issue(bearer, self._keys()[0], at, session.id),
            "refresh_token": refresh_token,
            "expires_in": people.LIFE,
            "person": person.id,
            "region": person.region,
            "roles": held,
        }

    def _keys(self):
        return access_keys(self.settings["SECRETS_DIR"])

    def _phone_digest(self, phone):
        return self.vault.digest(phone_key(phone))

    def _code_digest(self, challenge, code):
        return self.vault.digest(f"code:{challenge}:{code}")
