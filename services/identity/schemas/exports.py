"""What somebody takes along of her own data."""

from marshmallow import Schema, fields

from services.identity.schemas.households import Mark
from services.identity.schemas.mandates import Mandate
from services.identity.schemas.members import OwnMember
from services.identity.schemas.privacy import Consent, ErasureRequest, Office
from services.identity.schemas.verification import OwnApplication


class Session(Schema):
    """A sign-in."""

    id = fields.String()
    device = fields.String()
    network = fields.String()
    started_at = fields.AwareDateTime()
    renewed_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()
    ended_at = fields.AwareDateTime()


class Credential(Schema):
    """Something one can sign in with: `password`, `authenticator` or `recovery_codes`, nothing secret."""

    kind = fields.String()
    since = fields.AwareDateTime()


class Application(OwnApplication):
    """An application to be verified, and when it was decided."""

    decided_at = fields.AwareDateTime()


class Household(Schema):
    """One's own part in a household: `relation` if one lives there, whether one represents it or keeps contact."""

    id = fields.String()
    region = fields.String()
    relation = fields.String()
    representative = fields.Boolean()
    contact = fields.Boolean()


class Post(Schema):
    """Work at an organisation."""

    organisation = fields.String()
    place = fields.String()
    post = fields.String()
    since = fields.AwareDateTime()


class Duty(Schema):
    """Work in a grid or group; no `until`: now."""

    grid = fields.String()
    place = fields.String()
    duty = fields.String()
    since = fields.AwareDateTime()
    until = fields.AwareDateTime()


class OwnData(Schema):
    """Everything identity holds about a person."""

    person = fields.String()
    phone = fields.String(allow_none=True)
    name = fields.String(allow_none=True)
    wechat = fields.String(allow_none=True)
    region = fields.String(allow_none=True)
    verified_until = fields.AwareDateTime(allow_none=True)
    counter = fields.Boolean()
    roles = fields.List(fields.Nested(Office))
    credentials = fields.List(fields.Nested(Credential))
    sessions = fields.List(fields.Nested(Session))
    applications = fields.List(fields.Nested(Application))
    household = fields.Nested(Household)
    marks = fields.List(fields.Nested(Mark))
    posts = fields.List(fields.Nested(Post))
    duties = fields.List(fields.Nested(Duty))
    memberships = fields.List(fields.Nested(OwnMember))
    mandates = fields.List(fields.Nested(Mandate))
    consents = fields.List(fields.Nested(Consent))
    erasures = fields.List(fields.Nested(ErasureRequest))
