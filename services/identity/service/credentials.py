"""Passwords and second factors, for staff."""

from chassis.service import ANYONE, Group, Uses, Vault, http
from services.identity import factors
from services.identity.domain.credential import Credential, PasswordWrong, WeakPassword
from services.identity.domain.reach import phone_key
from services.identity.schemas import credentials as schemas
from services.identity.schemas.sessions import Tokens
from services.identity.service.sessions import SessionLifecycle
from services.identity.store.credentials import Credentials, Lockouts
from services.identity.store.people import People
from services.identity.store.sign_in import Sessions

CONFIRM_APP = "/v1/me/authenticator/confirmation"
BY_PASSWORD = {"body": schemas.PasswordSignIn, "returns": Tokens, "status": 201, "kept": False}


class StaffCredentials(Group):
    """Setting and giving a password, an authenticator app's code, a recovery code."""

    credentials = Credentials()
    lockouts = Lockouts()
    people = People()
    sessions = Sessions()
    vault = Vault()
    lifecycle = Uses(SessionLifecycle)

    @http("POST", "/v1/sessions/password", **BY_PASSWORD, roles=ANYONE, rate="60/min")
    def sign_in_by_password(self, call):
        """Sign in with phone and password; same work and same answer whichever of the two is wrong."""
        digest = self.vault.digest(phone_key(call.body["phone"]))
        self.lockouts.attempt(digest, call.at)
        person = self.people.with_phone(digest)
        credential = self.credentials.of(person.id if person else "")
        right = factors.is_password(credential and credential.password, call.body["password"])
        if person is None or not right:
            raise PasswordWrong()
        self.lockouts.forgive(digest)
        return self.lifecycle.start(call, person.id)

    @http("PUT", "/v1/me/password", body=schemas.NewPassword, status=204, fresh=True)
    def set_password(self, call):
        """Choose a password, none that is easily guessed; one's other sessions end."""
        if factors.is_weak(call.body["password"]):
            raise WeakPassword()
        with self._own(call) as credential:
            credential.choose(factors.hashed(call.body["password"]), call.at)
        others = [each for each in self.sessions.running(call.person.id, call.at) if each.id != call.person.session]
        self.lifecycle.end(call.person.id, others)
        self._tell(call, "password")

    @http("POST", "/v1/me/authenticator", returns=schemas.AppSecret, status=201, kept=False, fresh=True)
    def offer_authenticator(self, call):
        """A secret for one's authenticator app; in force once its first code is confirmed."""
        secret = factors.new_secret()
        with self._own(call) as credential:
            credential.offer(self.vault.seal(call.person.id, secret))
        return {"secret": secret, "uri": factors.uri(secret)}

    @http("POST", CONFIRM_APP, body=schemas.AppCode, returns=schemas.RecoveryCodes, kept=False, fresh=True)
    def confirm_authenticator(self, call):
        """Put the app in force with its first code; answers with recovery codes, once."""
        codes = factors.new_recovery_codes()
        self.lockouts.attempt(self._tried(call), call.at)
        with self._own(call) as credential:
            credential.confirm(self._step(credential, call), [self._recovery(call, code) for code in codes], call.at)
        self._strengthen(call)
        self._tell(call, "authenticator")
        return {"recovery_codes": codes}

    @http("POST", "/v1/sessions/current/second-factor", body=schemas.SecondFactor, status=204)
    def give_second_factor(self, call):
        """Give the app's code or a recovery code; the next refresh brings the roles that need it."""
        self.lockouts.attempt(self._tried(call), call.at)
        with self.credentials.edit(call.person.id) as credential:
            credential.require_confirmed()
            if recovery := call.body.get("recovery_code"):
                credential.use_recovery(self._recovery(call, recovery))
            else:
                credential.use_step(self._step(credential, call))
        self._strengthen(call)

    # parts of the above

    def _own(self, call):
        """One's own Credential, to be changed; a second factor that is in force has to be given first."""
        credential = self.credentials.of(call.person.id)
        if credential is None:
            self.people.get(call.person.id)
            self.credentials.add(Credential(id=call.person.id))
        else:
            credential.require_strong(self.sessions.get(call.person.session).strong)
        return self.credentials.edit(call.person.id)

    def _tell(self, call, deed):
        with self.people.edit(call.person.id) as person:
            person.notice(deed, call.at)

    def _step(self, credential, call):
        secret = credential.totp and self.vault.open(credential.totp, call.person.id, "核对动态码")
        return secret and factors.step_of(secret, call.body["code"], call.at)

    def _strengthen(self, call):
        self.lockouts.forgive(self._tried(call))
        with self.sessions.edit(call.person.session) as session:
            session.strong = True

    def _tried(self, call):
        return self.vault.digest(f"second factor:{call.person.id}")

    def _recovery(self, call, code):
        return self.vault.digest(f"recovery:{call.person.id}:{code}")
