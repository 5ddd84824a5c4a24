"""SMS codes (challenges): issued within quotas, proven once, the wrong ones counted."""

import json

from chassis.domain import new_id
from chassis.service import Group, Setting, Uses, Vault, every, internal, network
from services.identity.domain.challenge import CODE_DIGITS, Challenge, SignInFailed, code_for
from services.identity.domain.policy import CODES, LONG_DIGITS, WRONG
from services.identity.domain.reach import phone_key
from services.identity.schemas import sign_in as schemas
from services.identity.service.tokens import Tokens
from services.identity.store.sign_in import Challenges, Quotas, WrongCodes


class Codes(Group):
    """A code by SMS: to sign in, or to confirm that it is oneself."""

    challenges = Challenges()
    quotas = Quotas()
    wrong_codes = WrongCodes()
    vault = Vault()
    tokens = Uses(Tokens)
    settings = {"FIXED_CODE": Setting(default=""), "PROXIES": int}

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

    # for other groups

    def issue(self, call, phone, person=None):
        """A Challenge for a phone (E.164): to sign in, or for a `person` (id) to confirm that it is she."""
        id, phone_digest = new_id(), self.vault.digest(phone_key(phone))
        self.quotas.take(self._limits(call, phone_digest), call.at)
        long = self.wrong_codes.reached(self._wrong(call, phone_digest))
        code = code_for(phone, self.settings["FIXED_CODE"], LONG_DIGITS if long else CODE_DIGITS)
        sealed = self.vault.seal(id, json.dumps({"phone": phone, "code": code}))
        digests = {"phone_digest": phone_digest, "code_digest": self._code_digest(id, code)}
        challenge = Challenge.issue(id=id, **digests, sealed=sealed, person=person, at=call.at)
        self.challenges.add(challenge)
        return challenge

    def prove(self, call, person=None):
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
            challenge.use(self._code_digest(id, code), call.at, person, self.tokens.repeat_key(call))
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

    def _code_digest(self, challenge, code):
        return self.vault.digest(f"code:{challenge}:{code}")
