"""Contacts."""

from marshmallow import Schema, fields, validate

from chassis.schemas import Body
from contracts.words import LOOK_REASONS
from services.identity.schemas import SHORT


class Reader(Body):
    """Who is to be shown a contact and why; nobody: a service sends a notice."""

    reader = fields.String(load_default=None, validate=SHORT)
    reason = fields.String(load_default=None, validate=validate.OneOf(list(LOOK_REASONS)))


class Contact(Schema):
    """How to reach somebody."""

    person = fields.String()
    phone = fields.String()
    name = fields.String()
