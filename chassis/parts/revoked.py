"""Tokens end when identity says so: part of every service."""

from chassis.auth.revocations import Revocations
from chassis.bus.on import on
from chassis.core.group import Group
from contracts.identity.access import AccessRevoked


class RevokedTokens(Group):
    """Part of every service: tokens end when identity says so."""

    revocations = Revocations()

    @on(AccessRevoked, since="now")
    def keep_revocation(self, fact):
        self.revocations.keep(fact.session or fact.subject, fact.before)
