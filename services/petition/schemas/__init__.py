"""What people ask petition, and what they are answered: what all of it shares."""

from marshmallow import validate

from chassis.schemas import Text

__all__ = ["ID", "WORDS", "Text"]

ID = validate.Length(1, 80)
WORDS = validate.Length(1, 5000)
