"""Sign-in by SMS code."""

import json

from chassis.domain import new_id
from chassis.limits import network
from chassis.service import ANYONE, every, http, internal
from services.identity.domain import CODES, Challenge, Person, SignInFailed, code_for, phone_key
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
        id, phone = new_id(), call.body["phone"]
        phone_digest, code = self._phone_digest(phone), code_for(phone, self.settings["FIXED_CODE"])
        self.quotas.take(self._limits(call, phone_digest), call.at)
        challenge = Challenge.issue(
            id=id,
            phone_digest=phone_digest,
            code_digest=self._code_digest(id, code),
            sealed=self.vault.seal(id, json.dumps({"phone": phone, "code": code})),
            at=call.at,
        )
        self.challenges.add(challenge)
        return challenge

    @http(
        "POST", "/v1/sessions", body=schemas.SignIn, returns=Tokens, status=201, kept=False, roles=ANYONE, rate="60/min"
    )
    def sign_in(self, call):
        """Sign in with the code, and bind WeChat if a ticket comes with it; an unknown phone becomes a person."""
        ticket = call.body["wechat_ticket"]
        owner = ticket and self._owner_of(ticket)
        person = self._who_has(call.body["challenge"], call.body["code"], call.at)
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

    # parts of the above

    def _limits(self, call, phone_digest):
        """Key → limits of what this code is counted by; the device is what it calls itself."""
        counted = {"device": call.body["device"], "network": network(call.request, self.settings["PROXIES"])}
        keys = {kind: self.vault.digest(f"{kind}:{what}") for kind, what in counted.items() if what}
        return {key: CODES[kind] for kind, key in keys.items()} | {phone_digest: CODES["phone"]}

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

    def _phone_digest(self, phone):
        return self.vault.digest(phone_key(phone))

    def _code_digest(self, challenge, code):
        return self.vault.digest(f"code:{challenge}:{code}")
