"""Sign-in by SMS code."""

import json

from chassis.domain import new_id
from chassis.service import ANYONE, every, http, internal
from chassis.web.limits import network
from services.identity.domain.challenge import CODE_DIGITS, Challenge, SignInFailed, code_for
from services.identity.domain.person import Person
from services.identity.domain.policy import CODES, LONG_DIGITS, WRONG
from services.identity.domain.reach import phone_key
from services.identity.schemas import sign_in as schemas
from services.identity.schemas.sessions import Tokens


class SignInDesk:
    """A code by SMS, and a session for it."""

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
        return self.issue_code(call, call.body["phone"])

    @http(
        "POST", "/v1/sessions", body=schemas.SignIn, returns=Tokens, status=201, kept=False, roles=ANYONE, rate="60/min"
    )
    def sign_in(self, call):
        """Sign in with the code, and bind WeChat if a ticket comes with it; an unknown phone becomes a person."""
        ticket = call.body["wechat_ticket"]
        owner = ticket and self._owner_of(ticket)
        person = self._who_has(self.proven(call))
        if ticket:
            self._bind(ticket, owner, person.id, call.at)
        return self.start_session(call, person.id)

    # asked by services

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

    # what every code shares

    def issue_code(self, call, phone, person=None):
        """A Challenge for a phone (E.164): to sign in, or for a `person` (id) to confirm that it is she."""
        id, phone_digest = new_id(), self._phone_digest(phone)
        self.quotas.take(self._limits(call, phone_digest), call.at)
        long = self.wrong_codes.reached(self._wrong(call, phone_digest))
        code = code_for(phone, self.settings["FIXED_CODE"], LONG_DIGITS if long else CODE_DIGITS)
        sealed = self.vault.seal(id, json.dumps({"phone": phone, "code": code}))
        digests = {"phone_digest": phone_digest, "code_digest": self._code_digest(id, code)}
        challenge = Challenge.issue(id=id, **digests, sealed=sealed, person=person, at=call.at)
        self.challenges.add(challenge)
        return challenge

    def proven(self, call, person=None):
        """The Challenge whose code was given, to sign in or by a `person` (id). Raises SignInFailed, and counts it."""
        try:
            return self._used(call, person)
        except SignInFailed:
            known = self.challenges.first({"_id": call.body["challenge"]})
            self.wrong_codes.note(self._wrong(call, known and known.phone_digest), call.at)
            raise

    # parts of the above

    def _used(self, call, person):
        """From a network that was wrong too often today only long codes are taken."""
        id, code = call.body["challenge"], call.body["code"]
        short = len(code) == CODE_DIGITS
        if not self.challenges.attempt(id) or (short and self.wrong_codes.reached(self._wrong(call))):
            raise SignInFailed()
        with self.challenges.edit(id) as challenge:
            challenge.use(self._code_digest(id, code), call.at, person, self.repeat_key(call))
        return challenge

    def _limits(self, call, phone_digest):
        """Key → limits of what this code is counted by; the device is what it calls itself."""
        counted = {"device": call.body.get("device"), "network": network(call.request, self.settings["PROXIES"])}
        keys = {kind: self.vault.digest(f"{kind}:{what}") for kind, what in counted.items() if what}
        return {key: CODES[kind] for kind, key in keys.items()} | {phone_digest: CODES["phone"]}

    def _wrong(self, call, phone_digest=None):
        """Key → limit of what a wrong code is counted by today."""
        counted = {"phone": phone_digest, "network": network(call.request, self.settings["PROXIES"])}
        day = call.at.date()
        return {self.vault.digest(f"wrong:{day}:{kind}:{what}"): WRONG[kind] for kind, what in counted.items() if what}

    def _who_has(self, challenge):
        """The person whose phone it is."""
        digest = challenge.phone_digest
        return self.people.with_phone(digest) or self._welcome(digest, challenge.sealed)

    def _welcome(self, phone_digest, sealed):
        """A new person, not verified yet."""
        id, phone = new_id(), json.loads(self.vault.open(sealed, "identity", "首次登录"))["phone"]
        person = Person(id=id, phone=self.vault.seal(id, phone), phone_digest=phone_digest)
        self.people.add(person)
        return person

    def _phone_digest(self, phone):
        return self.vault.digest(phone_key(phone))

    def _code_digest(self, challenge, code):
        return self.vault.digest(f"code:{challenge}:{code}")
