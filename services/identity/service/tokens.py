"""Access tokens of ten minutes, the refresh tokens that renew them, and the public keys to check them with."""

import hmac

from chassis.service import ANYONE, AccessTokens, Group, Setting, Vault, http, internal
from services.identity.domain.session import SignInAgain
from services.identity.schemas import sessions as schemas
from services.identity.store.people import People
from services.identity.store.regions import Regions

SECRET = "refresh"  # the name in the vault of what refresh tokens are derived from


class Tokens(Group):
    """The tokens of a session, and keyed hashes under the same secret."""

    people = People()
    regions = Regions()
    vault = Vault()
    access = AccessTokens()
    settings = {"STRONG_LEVELS": Setting(default="city,town")}

    @http("GET", "/.well-known/jwks.json", returns=schemas.Jwks, roles=ANYONE)
    def show_keys(self, call):
        """Public keys of access tokens."""
        return self.access.jwks()

    @internal("GET", "/internal/v1/jwks", returns=schemas.Jwks)
    def serve_keys(self, call):
        """Public keys of access tokens."""
        return self.access.jwks()

    def pair(self, session):
        """Access and refresh token of a Session: the answer of a sign-in."""
        return self.access_token(session) | {"refresh_token": self._refresh_token(session.id, session.turn)}

    def access_token(self, session, fresh=False):
        """An access token of a Session, and for whom; `fresh`: of five minutes, for what outlives the session.

        The person is locked, so that it clashes with an office that is just being ended.
        """
        person, at = self.people.lock(session.person), self.now()
        roles, held_back = self._roles(person, session, at)
        shown = {"region": person.region, "roles": roles}
        token, life = self.access.issue(at, session.id, id=person.id, **shown, fresh=at if fresh else None)
        about = {"person": person.id, "second_factor_needed": held_back}
        return {"access_token": token, "expires_in": life} | shown | about

    def session_of(self, token):
        """Session id and turn of a refresh token that we gave. Raises SignInAgain."""
        id, turn = (*token.split("."), "", "")[:2]
        if not turn.isdecimal() or not hmac.compare_digest(self._refresh_token(id, int(turn)).encode(), token.encode()):
            raise SignInAgain()
        return id, int(turn)

    def repeat_key(self, call):
        """The keyed hash of the Idempotency-Key by which a client repeats what it lost the answer of, or None."""
        return call.key and self.digest(f"key:{call.key}")

    def digest(self, text):
        """The keyed hash of a text under the secret of refresh tokens."""
        return self.vault.digest(text, under=SECRET)

    # parts of the above

    def _refresh_token(self, session, turn):
        """Session, number and what only we can derive from both: none of it is kept but the number of the last."""
        return f"{session}.{turn}.{self.digest(f'{session}.{turn}')}"

    def _roles(self, person, session, at):
        """Roles for a token, and whether some wait for a second factor, as those of STRONG_LEVELS do."""
        held, levels = person.held(at), self.settings["STRONG_LEVELS"].split(",")
        if session.strong or levels == [""]:
            return held, False
        keep = lambda region: self.regions.get(region).level not in levels  # noqa: E731
        weak = {role: list(filter(keep, scope)) for role, scope in held.items()}
        return {role: scope for role, scope in weak.items() if scope}, weak != held
