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
    """Regions and what is in them, people and their verification, roles with scope, sign-in.

    Owns       regions, populations, grids, households, organisations, members, people, applications, pictures,
               id cards, challenges, quotas, wrong codes, wechat attempts, sessions, turns, credentials, lockouts,
               mandates, consents, erasure requests, risks, signs, watched
    Publishes  identity.region_registered, identity.region_renamed, identity.region_moved, identity.region_merged,
               identity.grid_changed, identity.household_registered, identity.household_dissolved,
               identity.representative_left, identity.organisation_registered,
               identity.member_proposed, identity.member_certified, identity.member_converted,
               identity.member_transfer_asked,
               identity.member_transferred, identity.member_transfer_ended, identity.member_migrated,
               identity.member_left,
               identity.villager_applied, identity.villager_verified,
               identity.villager_refused, identity.villager_left, identity.verification_raised,
               identity.verification_overdue, identity.conflict_found, identity.role_granted, identity.role_ended,
               identity.wechat_bound, identity.wechat_unbound, identity.second_factor_reset,
               identity.access_revoked, identity.mandate_granted, identity.mandate_ended, identity.challenge_issued,
               identity.confirmation_issued, identity.password_set, identity.authenticator_enrolled,
               identity.data_exported, identity.session_copied, identity.role_nominated, identity.nomination_agreed,
               identity.erasure_asked, identity.erasure_withdrawn, identity.person_erased, identity.risk_raised,
               identity.probing_found
    Consumes   identity.access_revoked, identity.person_erased, identity.role_ended, identity.villager_left, sla.elapsed
    """

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
