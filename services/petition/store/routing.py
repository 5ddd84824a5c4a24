"""How the editions of the routing rules are kept."""

import time
from contextlib import AbstractContextManager

from chassis.store import Repository
from services.petition.domain.policy import Policy
from services.petition.domain.refusals import RoutingNotFound
from services.petition.domain.routing import Routing, key_of

FRESH_SECONDS = 1


class Routings(Repository[Routing]):
    """分办规则: one document for each edition; the last is in force."""

    aggregate, collection, missing = Routing, "routings", RoutingNotFound
    kept: Routing | None = None
    fresh_until = 0.0

    def current(self, policy: Policy, city: str) -> Routing:
        """The edition in force, to be read only; what another replica changed is seen a second later."""
        if time.monotonic() > self.fresh_until:
            row = self.rows.find_one(sort=[("_id", -1)])
            self.kept, self.fresh_until = self.load(row) if row else None, time.monotonic() + FRESH_SECONDS
        return self.kept or Routing.of_policy(policy, city)

    def of_edition(self, edition: int) -> Routing:
        """An edition that was put in force. Raises RoutingNotFound."""
        return self.get(key_of(edition))

    def add(self, aggregate: Routing) -> None:
        """Save a new edition."""
        super().add(aggregate)
        self.fresh_until = 0.0

    def edit_edition(self, routing: Routing) -> AbstractContextManager[Routing]:
        """An edition, to be changed in the block; edition 0 is saved first."""
        if not routing.version:
            self.add(routing)
        self.fresh_until = 0.0
        return self.edit(routing.id)
