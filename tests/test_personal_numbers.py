"""Texts: one reader for all that people write, and no number that leads to a person where everybody reads along."""

import importlib
import pkgutil

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError, fields

from chassis.registry import services
from chassis.schemas import Body, PublicText, Text
from contracts.personal import bare, number_in

PHONE, NUMBER = "13800138000", "51018319900101123X"
SPELLINGS = [
    PHONE,
    "+8613800138000",
    "86 13800138000",
    "138 0013 8000",
    "138-0013-8000",
    "138.0013.8000",
    "(138)0013·8000",
    "1 3 8 0 0 1 3 8 0 0 0",
    "１３８００１３８０００",
    "138\u200b0013\u200b8000",
    "138\u31640013\u31648000",
    "138\u200d00138000",
    "13\u202e800138000",
    "一三八零零一三八零零零",
    "幺三八〇〇一三八〇〇〇",
    "电话138—0013—8000。",
    NUMBER,
    "51018319900101123x",
    "510183 19900101 1234",
    "510183-1990-01-01-1234",
    "５１０１８３１９９００１０１１２３４",
    "510183900101123",
    "028-88791234",
    "(028) 8879 1234",
    "0817 8791234",
    "6222 0212 3456 7890",
]
HARMLESS = [
    "请拨打12345或110",
    "400-800-8200",
    "2026年11月30日10:30",
    "2026-11-30 10:30:00",
    "2026.01.02-2026.03.04",
    "邛府〔2026〕3号",
    "24万斤，312户，3400万元",
    "510183121214",
    "QL-2026-000001",
    "二〇二六年十一月三十日",
    "价格13元9角，共8000份",
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_a_number_that_leads_to_a_person_is_found_in_every_spelling(text):
    assert number_in(text)
    assert number_in(f"请找李四，{text}，谢谢")
    assert number_in(f"请找李四{text}谢谢")
    with pytest.raises(ValidationError, match="请不要写电话号码"):
        PublicText().deserialize(text)


@pytest.mark.parametrize("text", HARMLESS)
def test_dates_amounts_codes_and_numbers_for_everybody_are_none(text):
    assert not number_in(text)
    assert PublicText().deserialize(text) == text


@given(
    st.text(max_size=40), st.sampled_from(["\u200b", " ", "-", "\ufeff", "\u3164", "\u2060", "\u00ad", "  "]), st.data()
)
def test_whatever_stands_between_its_digits_a_phone_is_found(around, gap, data):
    places = data.draw(st.sets(st.integers(1, 10)))
    spelled = "".join(gap * (place in places) + digit for place, digit in enumerate(PHONE))
    assert number_in(f"{around}。{spelled}。")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("  河边\u3000", "河边"),
        ("一\r\n二\r三\u2028四", "一\n二\n三\n四"),
        ("a\x00b\x1b[31mc\x07", "ab[31mc"),
        ("王\u202e强\u2066\u200f", "王强"),
        ("李\u3164\u115f四\u200b", "李四"),
        ("e\u0301", "\u00e9"),
        ("一\t二", "一\t二"),
    ],
)
def test_a_text_is_read_in_one_form_without_what_shows_nothing(written, read):
    assert Text().deserialize(written) == read


@given(st.text())
def test_reading_what_was_read_changes_nothing(written):
    assert Text().deserialize(Text().deserialize(written)) == Text().deserialize(written)
    assert bare(bare(written)) == bare(written)


def bodies(service):
    """Request schemas of a service."""
    package = importlib.import_module(f"services.{service}.schemas")
    names = [f"{package.__name__}.{each.name}" for each in pkgutil.iter_modules(getattr(package, "__path__", []))]
    for module in [package, *map(importlib.import_module, names)]:
        for cls in vars(module).values():
            if isinstance(cls, type) and issubclass(cls, Body) and cls.__module__ == module.__name__:
                yield cls


def says_freely(field):
    """Whether a field takes more than ids, codes and choices: Chinese, say."""
    if not isinstance(field, fields.String) or isinstance(field, fields.Url):
        return False
    try:
        return field.deserialize("书记：河边\u3164") is not None
    except ValidationError:
        return False


ID_LIKE = {
    "above", "author", "branch", "category", "challenge", "contact", "cursor", "department", "device", "helper", "host",
    "lead", "mandate", "matter", "number", "nonce", "office", "origin", "password", "person", "picture", "posted",
    "reader", "recovery_code", "refresh_token", "region", "representative", "right_owner", "source", "target",
    "unit", "version", "about",
}  # fmt: skip
"""Names of fields that are compared with what is there and shown to nobody."""


@pytest.mark.parametrize("service", services())
def test_whatever_somebody_writes_goes_through_the_one_reader(service):
    free = {
        f"{body.__name__}.{name}"
        for body in bodies(service)
        for name, field in body().fields.items()
        if says_freely(field) and not isinstance(field, Text) and name not in ID_LIKE
    }
    assert free == set()


def test_names_that_everybody_reads_are_public_texts():
    from services.identity.schemas import grids, organisations, regions

    for body, name in (
        (grids.NewGrid, "place"),
        (organisations.NewOrganisation, "place"),
        (organisations.NewStaff, "post"),
        (regions.NewRegion, "place"),
        (regions.NewName, "place"),
    ):
        assert isinstance(body().fields[name], PublicText), body
