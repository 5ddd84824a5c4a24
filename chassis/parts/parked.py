"""What every service lets an operator do over HTTP with the facts it has set aside. A fact holds no personal data."""

from marshmallow import Schema, fields, validate

from chassis.core.group import Group
from chassis.data.database import Database
from chassis.operate import parked
from chassis.schemas import Body
from chassis.web.http import http

OPERATOR = ["operator"]


class Why(Body):
    """The reason of a change, for the audit log."""

    why = fields.String(required=True, validate=validate.Length(1, 500))


class Lane(Schema):
    """The handler, source and subject whose facts wait, and what holds them up."""

    lane = fields.String()
    handler = fields.String()
    source = fields.String()
    subject = fields.String()
    since = fields.DateTime()
    waiting = fields.Integer()
    attempts = fields.Integer()
    state = fields.String()
    next_at = fields.DateTime()
    error = fields.String()
    first = fields.String()


class Lanes(Schema):
    """Blocked lanes, longest first."""

    lanes = fields.List(fields.Nested(Lane))


class ParkedFact(Schema):
    """A fact that waits, as it came."""

    key = fields.String()
    handler = fields.String()
    fact = fields.String()
    type = fields.String()
    source = fields.String()
    subject = fields.String()
    sequence = fields.Integer()
    parked_at = fields.DateTime()
    error = fields.String()
    body = fields.Raw()
    lane = fields.Nested(Lane)


class ParkedFacts(Group):
    """Looking at facts set aside, and settling them."""

    database = Database()

    @http("GET", "/v1/parked", returns=Lanes, roles=OPERATOR)
    def list_parked(self, call):
        """Lanes in which facts wait."""
        return {"lanes": parked.lanes(self.database)}

    @http("GET", "/v1/parked/{key}", returns=ParkedFact, roles=OPERATOR)
    def show_parked(self, call, key):
        """A fact that waits."""
        return parked.show(self.database, key)

    @http("POST", "/v1/parked/{key}/retry", body=Why, roles=OPERATOR)
    def retry_parked(self, call, key):
        """Try a fact's lane again now, in order."""
        parked.retry(self.database, key, call.person.id, call.body["why"])

    @http("POST", "/v1/parked/{key}/discard", body=Why, roles=OPERATOR)
    def discard_parked(self, call, key):
        """Give a fact up for good."""
        parked.discard(self.database, key, call.person.id, call.body["why"])
