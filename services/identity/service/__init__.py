"""Who everybody is, and what they may do where."""

from pathlib import Path

from chassis.service import Peers, Service, Setting, Vault
from services.identity.service.administrators import AdministratorDesk
from services.identity.service.confirmations import ConfirmationDesk
from services.identity.service.contacts import ContactDesk
from services.identity.service.counter import CounterDesk
from services.identity.service.credentials import CredentialDesk
from services.identity.service.departures import DepartureDesk
from services.identity.service.exports import ExportDesk
from services.identity.service.factor_resets import FactorResetDesk
from services.identity.service.grids import GridDesk
from services.identity.service.households import HouseholdDesk
from services.identity.service.mandates import MandateDesk
from services.identity.service.members import MemberDesk
from services.identity.service.nominations import NominationDesk
from services.identity.service.offices import OfficeDesk
from services.identity.service.organisations import OrganisationDesk
from services.identity.service.people import PeopleDesk
from services.identity.service.privacy import PrivacyDesk
from services.identity.service.rates import RateDesk
from services.identity.service.regions import RegionDesk
from services.identity.service.risks import RiskDesk
from services.identity.service.sessions import SessionDesk
from services.identity.service.sign_in import SignInDesk
from services.identity.service.verification import VerificationDesk
from services.identity.service.wechat import WechatDesk
from services.identity.store.credentials import Credentials, Lockouts
from services.identity.store.grids import Grids
from services.identity.store.households import Households
from services.identity.store.mandates import Mandates
from services.identity.store.members import Members
from services.identity.store.organisations import Organisations
from services.identity.store.people import People
from services.identity.store.privacy import Consents, ErasureRequests
from services.identity.store.regions import Populations, Regions
from services.identity.store.risks import Risks, Signs, Watched
from services.identity.store.sign_in import Challenges, Quotas, Sessions, Turns, WrongCodes
from services.identity.store.verification import Applications, IdCards, Pictures
from services.identity.store.wechat import WechatAttempts


class IdentityService(
    RegionDesk, GridDesk, HouseholdDesk, OrganisationDesk, MemberDesk, AdministratorDesk,
    SignInDesk, ConfirmationDesk, WechatDesk, SessionDesk, CredentialDesk, MandateDesk, VerificationDesk, CounterDesk,
    RateDesk, OfficeDesk, NominationDesk, ContactDesk, PeopleDesk, PrivacyDesk, ExportDesk, DepartureDesk,
    FactorResetDesk, RiskDesk, Service,
):  # fmt: skip
    """Regions and what is in them, people and their verification, roles with scope, sign-in."""

    name = "identity"
    retention = Path(__file__).parents[1] / "retention.json"
    key_files = ("access.pem",)
    settings = {
        "FIXED_CODE": Setting(default=""),
        "POLICY_FILE": Setting(default=str(Path(__file__).parents[1] / "policy.json")),
        "STRONG_LEVELS": Setting(default="city,town"),
        "WECHAT_APP_ID": Setting(default=""),
        "WECHAT_PAGE": Setting(default="https://open.weixin.qq.com/connect/oauth2/authorize"),
        "WECHAT_API": Setting(default="https://api.weixin.qq.com"),
        "WECHAT_RETURN": Setting(default=""),
    }
    regions = Regions()
    populations = Populations()
    grids = Grids()
    households = Households()
    organisations = Organisations()
    members = Members()
    people = People()
    applications = Applications()
    pictures = Pictures()
    cards = IdCards()
    challenges = Challenges()
    quotas = Quotas()
    wrong_codes = WrongCodes()
    wechat_attempts = WechatAttempts()
    sessions = Sessions()
    turns = Turns()
    credentials = Credentials()
    lockouts = Lockouts()
    mandates = Mandates()
    consents = Consents()
    erasure_requests = ErasureRequests()
    risks = Risks()
    signs = Signs()
    watched = Watched()
    peers = Peers()
    vault = Vault()
