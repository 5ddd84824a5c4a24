"""Regions, people with their roles, sign-in codes and sessions."""

from services.identity.domain.challenge import (
    ATTEMPTS,
    Challenge,
    ChallengeGone,
    CodesTooOften,
    Quota,
    SignInFailed,
    code_for,
)
from services.identity.domain.person import (
    REASONS,
    ROLES,
    AlreadyApplied,
    AlreadyHeld,
    AlreadyVerified,
    Application,
    ApplicationNotFound,
    Person,
    PersonNotFound,
    Role,
    RoleNotForLevel,
    RoleNotFound,
    TermAlreadyOver,
    VillageNeeded,
    masked,
    phone_key,
)
from services.identity.domain.plan import SheetUnreadable, carry_out
from services.identity.domain.region import OutsideScope, Region, RegionEnded, UnknownRegion
from services.identity.domain.session import Session, SignInAgain
from services.identity.domain.tree import Tree

__all__ = [
    "ATTEMPTS",
    "REASONS",
    "ROLES",
    "AlreadyApplied",
    "AlreadyHeld",
    "AlreadyVerified",
    "Application",
    "ApplicationNotFound",
    "Challenge",
    "ChallengeGone",
    "CodesTooOften",
    "VillageNeeded",
    "OutsideScope",
    "Person",
    "PersonNotFound",
    "Quota",
    "Region",
    "RegionEnded",
    "Role",
    "RoleNotForLevel",
    "RoleNotFound",
    "Session",
    "SheetUnreadable",
    "SignInAgain",
    "SignInFailed",
    "TermAlreadyOver",
    "Tree",
    "UnknownRegion",
    "carry_out",
    "code_for",
    "masked",
    "phone_key",
]
