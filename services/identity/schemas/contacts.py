"""Contacts."""

from marshmallow import Schema, fields


class Contact(Schema):
    """How to reach somebody."""

    person = fields.String()
    phone = fields.String()
    name = fields.String()
