"""The rules of offices: who appoints to them, lending one, and what ends with them."""

from datetime import UTC, datetime, timedelta

import pytest

from chassis.domain import new_id
from services.identity.domain.office import LentOn, LoanTooLong, NoStanding, RoleNotFound, require_appointer
from services.identity.domain.person import Person
from services.identity.domain.region import OutsideScope, Region

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
CITY = Region.register("510183", "邛崃市", None, AT)
TOWN = Region.register("510183122", "大同镇", CITY, AT)
VILLAGE = Region.register("510183122211", "陶坝村", TOWN, AT)
NEXT_TOWN = Region.register("510183121", "南宝山镇", CITY, AT)

pytestmark = pytest.mark.feature("I04")


def later(**span):
    return AT + timedelta(**span)


def person():
    return Person(id=new_id(), phone=b"sealed", phone_digest=new_id())


@pytest.fixture
def secretary():
    """The town's secretary for a year, and the office."""
    holder = person()
    return holder, holder.grant("secretary", TOWN, later(days=365), "admin", AT)


@pytest.fixture
def deputy():
    """Somebody of standing."""
    holder = person()
    holder.grant("villageadmin", VILLAGE, None, "admin", AT)
    return holder


@pytest.mark.parametrize(
    ("administrator", "scope", "region", "may"),
    [
        ("cityadmin", CITY, CITY, True),
        ("cityadmin", CITY, TOWN, True),
        ("cityadmin", CITY, VILLAGE, True),
        ("townadmin", TOWN, VILLAGE, True),
        ("townadmin", TOWN, TOWN, False),
        ("townadmin", TOWN, CITY, False),
        ("townadmin", NEXT_TOWN, VILLAGE, False),
        ("villageadmin", VILLAGE, VILLAGE, False),
        ("secretary", CITY, VILLAGE, False),
    ],
)
def test_the_city_appoints_everywhere_and_a_town_in_its_own_villages(administrator, scope, region, may):
    held = {administrator: [scope.id]}
    try:
        require_appointer(lambda role: held.get(role, ()), region)
    except OutsideScope:
        assert not may
    else:
        assert may


def test_a_loan_gives_the_same_office_until_its_end(secretary, deputy):
    (lender, office), until = secretary, later(days=14)
    lent = lender.lend(office.id, deputy, TOWN, until, AT)
    assert deputy.held(AT)["secretary"] == [TOWN.id]
    assert "secretary" not in deputy.held(until)
    assert lender.held(AT) == {"secretary": [TOWN.id]}
    assert (lent.lender, lent.granted_by) == (lender.id, lender.id)


def test_nobody_lends_what_is_not_her_own(secretary, deputy):
    lender, office = secretary
    with pytest.raises(RoleNotFound):
        deputy.lend(office.id, lender, TOWN, later(days=1), AT)
    lent = lender.lend(office.id, deputy, TOWN, later(days=9), AT)
    third = person()
    third.grant("villageadmin", VILLAGE, None, "admin", AT)
    with pytest.raises(LentOn):
        deputy.lend(lent.id, third, TOWN, later(days=1), AT)


@pytest.mark.parametrize("days", [91, 366])
def test_a_loan_is_short_and_no_longer_than_the_term(secretary, deputy, days):
    lender, office = secretary
    with pytest.raises(LoanTooLong):
        lender.lend(office.id, deputy, TOWN, later(days=days), AT)
    with pytest.raises(LoanTooLong):
        lender.lend(office.id, deputy, TOWN, later(days=366), later(days=300))


def test_the_borrower_is_somebody_else_of_standing(secretary):
    lender, office = secretary
    for borrower in (lender, person()):
        with pytest.raises(NoStanding):
            lender.lend(office.id, borrower, TOWN, later(days=1), AT)


def test_a_loan_ends_with_the_lenders_own_office(secretary, deputy):
    lender, office = secretary
    lent = lender.lend(office.id, deputy, TOWN, later(days=14), AT)
    assert deputy.over(AT, {lender.id: lender}) == []
    lender.end(office.id, AT)
    assert deputy.over(AT, {lender.id: lender}) == [lent]
    assert deputy.over(AT, {}) == [lent]


def test_the_office_that_remains_cannot_back_a_loan_of_another(secretary, deputy):
    lender, office = secretary
    lent = lender.lend(office.id, deputy, TOWN, later(days=14), AT)
    lender.end(office.id, AT)
    lender.grant("secretary", VILLAGE, None, "admin", AT)
    assert deputy.over(AT, {lender.id: lender}) == [lent]


def test_a_term_that_has_run_out_is_over(secretary):
    lender, office = secretary
    assert lender.over(later(days=364), {}) == []
    assert lender.over(later(days=365), {}) == [office]
