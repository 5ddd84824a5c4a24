"""What people ask notify over HTTP, and what it answers."""

from marshmallow import Schema, fields, validate

from chassis.schemas import Body, Paging, Text
from services.notify.domain.rules import RULEBOOK

STATES = ("queued", "sending", "checking", "sent", "failed", "unknown", "expired", "skipped", "expanded")


class Search(Paging):
    """Which messages an operator looks for."""

    state = fields.String(load_default="unknown", validate=validate.OneOf(STATES, error="没有这种状态"))


class Decision(Body):
    """What an operator decides about a message whose fate nobody knows, and why."""

    decision = fields.String(required=True, validate=validate.OneOf(["resend", "give_up"], error="请选择重发或放弃"))
    reason = Text(required=True, validate=validate.Length(2, 200, error="请用 2 到 200 个字说明原因"))


class InboxItem(Schema):
    """A message as its reader sees it."""

    id = fields.String()
    title = fields.String()
    text = fields.String()
    at = fields.AwareDateTime()
    read = fields.Boolean()


class Inbox(Schema):
    """A page of one's own messages."""

    items = fields.List(fields.Nested(InboxItem))
    unread = fields.Integer()
    next = fields.String()


class Message(Schema):
    """A message as an operator sees it: where it stands, never its words or a phone number."""

    id = fields.String()
    cause = fields.String()
    template = fields.String()
    title = fields.Function(RULEBOOK.title)
    channel = fields.String()
    address = fields.String()
    state = fields.String()
    reason = fields.String()
    attempts = fields.Integer()
    created_at = fields.AwareDateTime()
    due_at = fields.AwareDateTime()


class Messages(Schema):
    """A page of messages."""

    items = fields.List(fields.Nested(Message))
    next = fields.String()
