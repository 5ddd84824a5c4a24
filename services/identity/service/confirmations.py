"""Step-up: a fresh code to one's own phone, and a token of five minutes for what outlives a session."""

from chassis.domain import Refusal
from chassis.service import Group, Uses, Vault, http
from services.identity.schemas import sign_in as schemas
from services.identity.schemas.sessions import FreshToken
from services.identity.service.codes import Codes
from services.identity.service.tokens import Tokens
from services.identity.store.people import People
from services.identity.store.sign_in import Sessions

CONFIRM = "/v1/sessions/current/confirmation"
PROOF = {"body": schemas.PhoneProof, "returns": FreshToken, "status": 201, "rate": "60/min"}


class NoPhone(Refusal):
    """您的账号没有绑定手机号，无法接收验证码，请到村委会窗口办理"""


class StepUp(Group):
    """Step-up, after RFC 9470: routes that ask for it say `fresh`."""

    people = People()
    sessions = Sessions()
    vault = Vault()
    codes = Uses(Codes)
    tokens = Uses(Tokens)

    @http("POST", "/v1/me/confirmations", returns=schemas.Challenge, status=202, rate="60/min")
    def send_confirmation(self, call):
        """Send a code to one's own phone, by which one says again that it is oneself."""
        person = self.people.get(call.person.id)
        if not person.phone:
            raise NoPhone()
        phone = self.vault.open(person.phone, "identity", "发送验证码")
        return self.codes.issue(call, phone, person=person.id)

    @http("POST", CONFIRM, **PROOF, kept=False)
    def confirm(self, call):
        """Give that code: an access token of five minutes that is good for what outlives the session."""
        self.codes.prove(call, call.person.id)
        return self.tokens.access_token(self.sessions.get(call.person.session), fresh=True)
