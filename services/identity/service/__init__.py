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
    """Regions and what is in them, people and their verification, roles with scope, sign-in.

    Owns       regions, populations, grids, households, organisations, members, people, applications, pictures,
               id cards, challenges, quotas, wrong codes, wechat attempts, sessions, turns, credentials, lockouts,
               mandates, consents, erasure requests, risks, signals, watched
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
    groups = (
        RegionRegister, GridRegister, HouseholdRegister, OrganisationRegister, MemberRegister,
        Codes, SignIn, StepUp, WechatBinding, WechatSignIn, SignedInDevices, Tokens, StaffCredentials, FactorResets,
        Verification, VillageCounter, VerificationRates, Delegation, Appointments, Nominations,
        PersonLookup, Contacts, AccessReports, ConsentRecord, Erasure, DataExport, RiskWatch,
    )  # fmt: skip
