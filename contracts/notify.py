"""Facts of notify: what became of a message to a person."""

from contracts.sdk.fact import Fact
from contracts.sdk.kinds import Code, Id


class MessageFact(Fact):
    """Which message: its template, channel and the fact that caused it."""

    template = Code("模板代码")
    channel = Code("渠道：sms、inapp")
    cause = Id("由哪个事实引起")


class MessageSent(MessageFact):
    """消息已由服务商接收

    The provider has taken the message.
    """

    name = "notify.message_sent"
    provider = Code("服务商")


class MessageFailed(MessageFact):
    """消息未能送出

    The message could not be sent.
    """

    name = "notify.message_failed"
    reason = Code("原因代码")
