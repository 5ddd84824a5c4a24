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
    NotAVillage,
    Person,
    PersonNotFound,
    Role,
    RoleNotForLevel,
    RoleNotFound,
    TermAlreadyOver,
    masked,
)
from services.identity.domain.region import OutsideScope, Region
from services.identity.domain.session import Session, SignInAgain

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
    "NotAVillage",
    "OutsideScope",
    "Person",
    "PersonNotFound",
    "Quota",
    "Region",
    "Role",
    "RoleNotForLevel",
    "RoleNotFound",
    "Session",
    "SignInAgain",
    "SignInFailed",
    "TermAlreadyOver",
    "code_for",
    "masked",
]
