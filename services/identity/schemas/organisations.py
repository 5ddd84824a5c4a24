"""Organisations and their staff."""

from marshmallow import Schema, fields, validate

from chassis.schemas import Body, Paging, PublicText
from contracts.words import ORGANISATIONS
from services.identity.schemas import REGION, SHORT

PLACE = validate.Regexp(r"[^\W_][\w（）()·-]{1,49}\Z", error="组织名称应为 2 到 50 个字")
POST = validate.Regexp(r"[^\W\d_]{2,20}\Z", error="职务应为 2 到 20 个字")


class NewOrganisation(Body):
    """An organisation that belongs to a region."""

    region = fields.String(required=True, validate=REGION)
    kind = fields.String(required=True, validate=validate.OneOf(ORGANISATIONS))
    place = PublicText(required=True, validate=PLACE)


class Organisation(Schema):
    """An organisation as everybody may see it."""

    id = fields.String()
    region = fields.String()
    kind = fields.String()
    place = fields.String()


class OrganisationQuery(Paging):
    """The organisations of which region, of which kind."""

    region = fields.String(required=True, validate=REGION)
    kind = fields.String(load_default=None, validate=validate.OneOf(ORGANISATIONS))


class Organisations(Schema):
    """A page of organisations."""

    items = fields.List(fields.Nested(Organisation))
    next = fields.String()


class NewStaff(Body):
    """Who works there as what."""

    person = fields.String(required=True, validate=SHORT)
    post = PublicText(required=True, validate=POST)


class Staff(Schema):
    """Somebody on the staff, with her name."""

    id = fields.String()
    person = fields.String()
    post = fields.String()
    name = fields.String()
    since = fields.AwareDateTime()


class Employed(Schema):
    """Somebody who was put on the staff."""

    id = fields.String()
    person = fields.String()
    since = fields.AwareDateTime()


class Directory(Schema):
    """The staff of an organisation."""

    items = fields.List(fields.Nested(Staff))


class Employee(Schema):
    """Somebody who works for an organisation."""

    person = fields.String()
    post = fields.String()


Employees = Employee(many=True)
