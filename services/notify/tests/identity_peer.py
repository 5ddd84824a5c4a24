"""identity's internal port as notify knows it, and nothing else of identity.

`PUT /control` sets `contacts` (person → phone), `roles` (ROLE@REGION → persons), `staff` (department → persons),
`challenges`, `jwks` and `away`.
"""

import json
from urllib.parse import parse_qs, urlsplit

from tests.peers.process import Handler, Peer, serve


class IdentityPeer(Peer):
    """Answers for contacts and challenges to callers that bring a service token; 503 while `away`."""

    module = "services.notify.tests.identity_peer"


class IdentityHandler(Handler):
    """Its public keys, an empty history, a role's contacts, a department's staff, a person's contact, a challenge."""

    known = {"contacts": {}, "roles": {}, "staff": {}, "challenges": {}, "jwks": {"keys": []}, "away": False}

    def do_PUT(self):
        """Control; not part of identity."""
        self.known.update(json.loads(self.body()))
        self.answer(200, self.known)

    def do_GET(self):
        """What notify asks for."""
        if self.known["away"]:
            self.answer(503, {"code": "unavailable"})
        elif not self.headers.get("Authorization", "").startswith("Bearer "):
            self.answer(401, {"code": "no_token"})
        elif self.path.startswith("/v1/facts"):
            self.answer(200)
        else:
            found = self._find(urlsplit(self.path))
            self.answer(404 if found is None else 200, found)

    def _find(self, url):
        _, _, _, kind, *key = url.path.split("/")
        if kind == "jwks":
            return self.known["jwks"]
        if not key:
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            holders = self.known["roles"].get(f"{query['role']}@{query['region']}", [])
            return [self._contact(person) for person in holders]
        if kind == "organisations":
            return [{"person": person, "post": "科员"} for person in self.known["staff"].get(key[0], [])]
        return self._contact(key[0]) if kind == "contacts" else self.known["challenges"].get(key[0])

    def _contact(self, person):
        contacts = self.known["contacts"]
        return {"person": person, "phone": contacts[person]} if person in contacts else None


if __name__ == "__main__":
    serve(IdentityHandler)
