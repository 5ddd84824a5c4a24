"""What people and services ask identity over HTTP, and what it answers: what all of it shares."""

import re

import phonenumbers
from marshmallow import ValidationError, fields, validate

REGION = validate.Regexp(r"[0-9]{6,12}\Z", error="区划编号应为 6 到 12 位数字")
LETTERS = r"[^\W\d_]"
NAME = validate.Regexp(rf"{LETTERS}({LETTERS}|[· .'’-])*\Z", error="姓名只能用汉字、字母和间隔号")
SHORT = validate.Length(1, 80)
TICKET = validate.Regexp(r"[\w-]{43}\Z", flags=re.ASCII, error="微信登录凭据有误，请重新用微信登录")
CODE = validate.Regexp(r"[0-9]{6}\Z", error="动态码是 6 位数字")
SMS_CODE = validate.Regexp(r"[0-9]{6}([0-9]{2})?\Z", error="验证码是短信里的 6 位或 8 位数字")


class Phone(fields.String):
    """A mainland mobile number in any usual spelling, read as E.164."""

    def _deserialize(self, value, attr, data, **kwargs):
        try:
            number = phonenumbers.parse(super()._deserialize(value, attr, data, **kwargs), "CN")
        except phonenumbers.NumberParseException:
            number = None
        if not number or not _mainland_mobile(number):
            raise ValidationError("请填写中国大陆手机号码")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _mainland_mobile(number):
    mobile = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
    return mobile and phonenumbers.is_valid_number_for_region(number, "CN")
