"""Bases of request schemas, and marshmallow's own messages in Chinese.

Importing this module translates marshmallow for the whole process: what a person reads is Chinese whichever field,
validator or nested schema says no. A message that a schema's author gives is left as it is.
"""

import unicodedata
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from contracts import personal

FIELDS: dict[type[fields.Field], dict[str, str]] = {
    fields.Field: {"required": "必须填写", "null": "不能为空", "validator_failed": "内容不正确"},
    fields.Nested: {"type": "应为一个对象"},
    fields.List: {"invalid": "应为一个列表"},
    fields.Tuple: {"invalid": "应为一个列表"},
    fields.String: {"invalid": "应为文字", "invalid_utf8": "应为 UTF-8 文字"},
    fields.UUID: {"invalid_uuid": "编号格式不正确"},
    fields.Number: {"invalid": "应为数字", "too_large": "数字太大"},
    fields.Integer: {"invalid": "应为整数"},
    fields.Float: {"special": "应为一个确定的数字"},
    fields.Decimal: {"special": "应为一个确定的数字"},
    fields.Boolean: {"invalid": "应为“是”或“否”（true 或 false）"},
    fields.DateTime: {
        "invalid": "日期或时间格式不正确",
        "invalid_awareness": "时间的时区写法不正确",
        "format": "日期或时间格式不正确",
    },
    fields.Time: {"invalid": "时间格式不正确"},
    fields.Date: {"invalid": "日期格式不正确", "format": "日期格式不正确"},
    fields.TimeDelta: {"invalid": "时长格式不正确", "format": "时长格式不正确"},
    fields.Mapping: {"invalid": "应为一个对象"},
    fields.Url: {"invalid": "网址格式不正确"},
    fields.Email: {"invalid": "邮箱地址格式不正确"},
    fields.IP: {"invalid_ip": "IP 地址格式不正确"},
    fields.IPv4: {"invalid_ip": "IPv4 地址格式不正确"},
    fields.IPv6: {"invalid_ip": "IPv6 地址格式不正确"},
    fields.IPInterface: {"invalid_ip_interface": "IP 网段格式不正确"},
    fields.IPv4Interface: {"invalid_ip_interface": "IPv4 网段格式不正确"},
    fields.IPv6Interface: {"invalid_ip_interface": "IPv6 网段格式不正确"},
    fields.Enum: {"unknown": "只能是以下之一：{choices}"},
}

VALIDATORS: dict[type[validate.Validator], dict[str, str]] = {
    validate.URL: {"default_message": "网址格式不正确"},
    validate.Email: {"default_message": "邮箱地址格式不正确"},
    validate.Range: {
        "message_min": "应{min_op} {{min}}",
        "message_max": "应{max_op} {{max}}",
        "message_all": "应{min_op} {{min}}，并且{max_op} {{max}}",
        "message_gte": "不小于",
        "message_gt": "大于",
        "message_lte": "不大于",
        "message_lt": "小于",
    },
    validate.Length: {
        "message_min": "长度应不少于 {min}",
        "message_max": "长度应不超过 {max}",
        "message_all": "长度应在 {min} 到 {max} 之间",
        "message_equal": "长度应为 {equal}",
    },
    validate.Equal: {"default_message": "应等于 {other}"},
    validate.Regexp: {"default_message": "格式不正确"},
    validate.Predicate: {"default_message": "内容不正确"},
    validate.NoneOf: {"default_message": "不能使用这个内容"},
    validate.OneOf: {"default_message": "只能是以下之一：{choices}"},
    validate.ContainsOnly: {"default_message": "每一项只能是以下之一：{choices}"},
    validate.ContainsNoneOf: {"default_message": "不能含有以下各项：{values}"},
}

for field, messages in FIELDS.items():
    field.default_error_messages = field.__dict__.get("default_error_messages", {}) | messages
for validator, messages in VALIDATORS.items():
    for name, message in messages.items():
        setattr(validator, name, message)


class Body(Schema):
    """Base of request bodies and queries: an unknown field is refused."""

    error_messages = {"unknown": "没有这个字段", "type": "应为一个对象"}

    class Meta:
        unknown = RAISE


class Text(fields.String):
    """What somebody writes: in one form of Unicode (NFC), lines ended alike, without what shows nothing."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        return unicodedata.normalize("NFC", personal.bare("\n".join(text.splitlines()))).strip()


class PublicText(Text):
    """Text that everybody may read, or that goes by the bus: without a number that leads to a person."""

    def _validate(self, value: Any) -> None:
        super()._validate(value)
        if personal.number_in(value):
            raise ValidationError("这里所有人都能看到，请不要写电话号码、身份证号或银行卡号")


class Paging(Body):
    """Which page of a list: `cursor` as the last answer's `next`, absent for the first page."""

    cursor = fields.String(load_default=None, validate=validate.Length(max=200))
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 100))


class Secret(fields.String):
    """A bearer secret in an answer: kept nowhere, derived again by `call.secret` for a repeat by Idempotency-Key."""


class Month(Body):
    """A month of the access log."""

    month = fields.String(required=True, validate=validate.Regexp(r"20\d\d-(0[1-9]|1[0-2])\Z"))


class Read(Schema):
    """A line of the access log: whose data somebody was shown, and why."""

    id = fields.String(attribute="_id")
    at: fields.Field[Any] = fields.AwareDateTime()
    who = fields.String()
    whom = fields.List(fields.String())
    why = fields.String()


class Total(Schema):
    """A sum of the access log: how often somebody read for one reason, and of how many people in all."""

    who = fields.String()
    why = fields.String()
    reads = fields.Integer()
    people = fields.Integer()
