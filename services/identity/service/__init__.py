"""Who everybody is, and what they may do where."""

from pathlib import Path

from chassis.service import Service
from services.identity.service.codes import Codes
from services.identity.service.confirmations import StepUp
from services.identity.service.contacts import Contacts
from services.identity.service.counter import VillageCounter
from services.identity.service.credentials import StaffCredentials
from services.identity.service.exports import DataExport
from services.identity.service.factor_resets import FactorResets
from services.identity.service.grids import GridRegister
from services.identity.service.households import HouseholdRegister
from services.identity.service.mandates import Delegation
from services.identity.service.members import MemberRegister
from services.identity.service.nominations import Nominations
from services.identity.service.offices import Appointments
from services.identity.service.organisations import OrganisationRegister
from services.identity.service.people import PersonLookup
from services.identity.service.privacy import AccessReports, ConsentRecord, Erasure
from services.identity.service.rates import VerificationRates
from services.identity.service.regions import RegionRegister
from services.identity.service.risks import RiskWatch
from services.identity.service.sessions import SignedInDevices
from services.identity.service.sign_in import SignIn
from services.identity.service.tokens import Tokens
from services.identity.service.verification import Verification
from services.identity.service.wechat import WechatBinding, WechatSignIn


class IdentityService(Service):
    """Regions and what is in them, people and their verification, roles with scope, sign-in."""

    name = "identity"
    retention = Path(__file__).parents[1] / "retention.json"
    key_files = ("access.pem",)
    groups = (
        RegionRegister, GridRegister, HouseholdRegister, OrganisationRegister, MemberRegister,
        Codes, SignIn, StepUp, WechatBinding, WechatSignIn, SignedInDevices, Tokens, StaffCredentials, FactorResets,
        Verification, VillageCounter, VerificationRates, Delegation, Appointments, Nominations,
        PersonLookup, Contacts, AccessReports, ConsentRecord, Erasure, DataExport, RiskWatch,
    )  # fmt: skip
