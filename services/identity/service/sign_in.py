"""Sign-in by SMS code."""

import json

from chassis.domain import new_id
from chassis.service import ANYONE, Group, Uses, Vault, http
from services.identity.domain.person import Person
from services.identity.schemas import sessions
from services.identity.schemas import sign_in as schemas
from services.identity.service.codes import Codes
from services.identity.service.sessions import SessionLifecycle
from services.identity.service.wechat import WechatBinding
from services.identity.store.people import People

CODE = {"body": schemas.CodeRequest, "returns": schemas.Challenge, "status": 202}
BY_CODE = {"body": schemas.SignIn, "returns": sessions.Tokens, "status": 201, "kept": False}


class SignIn(Group):
    """A code by SMS, and a session for it."""

    people = People()
    vault = Vault()
    codes = Uses(Codes)
    wechat = Uses(WechatBinding)
    lifecycle = Uses(SessionLifecycle)

    @http("POST", "/v1/challenges", **CODE, roles=ANYONE, rate="60/min")
    def send_code(self, call):
        """Send a sign-in code; same work and same answer whether the phone is known or not."""
        return self.codes.issue(call, call.body["phone"])

    @http("POST", "/v1/sessions", **BY_CODE, roles=ANYONE, rate="60/min")
    def sign_in(self, call):
        """Sign in with the code, and bind WeChat if a ticket comes with it; an unknown phone becomes a person."""
        ticket = call.body["wechat_ticket"]
        owner = ticket and self.wechat.owner_of(ticket)
        person = self._who_has(self.codes.prove(call))
        if ticket:
            self.wechat.bind(ticket, owner, person.id, call.at)
        return self.lifecycle.start(call, person.id)

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
