"""Signing in by WeChat."""

from marshmallow import Schema, fields, validate

from chassis.schemas import Body
from services.identity.schemas import TICKET
from services.identity.schemas.sessions import Tokens

SENT_BACK = validate.Regexp(r"[!-~]{1,200}\Z", error="微信返回的内容有误，请重新用微信登录")


class WechatPage(Schema):
    """Where to send the browser, and the ticket it keeps for itself until it is back or the time is over."""

    url = fields.String()
    ticket = fields.String()
    expires_at = fields.AwareDateTime()


class WechatReturn(Body):
    """What WeChat sent the browser back with, and the ticket it left with."""

    ticket = fields.String(required=True, validate=TICKET)
    state = fields.String(required=True, validate=SENT_BACK)
    code = fields.String(required=True, validate=SENT_BACK)


class WechatTokens(Tokens):
    """`bound`: the tokens of a sign-in. Not bound to anybody yet: nothing else; the ticket binds it until then."""

    bound = fields.Boolean()


class WechatBinding(Body):
    """A ticket of WeChat's."""

    ticket = fields.String(required=True, validate=TICKET)


class OwnWechat(Schema):
    """The WeChat account that is bound, masked; null when there is none."""

    wechat = fields.String(allow_none=True)
