"""What people ask petition, and what they are answered: what all of it shares."""

from marshmallow import fields, validate

ID = validate.Length(1, 80)
WORDS = validate.Length(1, 5000)


class Text(fields.String):
    """What somebody writes, without the blanks around it."""

    def _deserialize(self, value, *args, **kwargs):
        return super()._deserialize(value, *args, **kwargs).strip()
