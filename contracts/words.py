"""The closed lists of words that facts of identity and their readers use."""

LEVELS = ("city", "town", "village")
ACTS = ("letters",)
LEAVING = ("moved_out", "died", "expired", "transferred", "replaced", "consent_withdrawn")
STANDINGS = ("probationary", "full")
MEMBERS_LEAVING = ("withdrew", "removed", "expelled", "died", "transferred", "erased")
RAISING = ("mismatch", "conflict")
GRIDS = ("grid", "group")
ORGANISATIONS = ("resident_unit", "department", "cooperative", "shop", "party_branch")

LOOK_REASONS = {
    "handle": "办理本人事项",
    "verify": "核对身份",
    "rescue": "紧急救助",
    "complaint": "处理投诉举报",
    "law": "依法调取",
}
"""Why somebody's name and phone may be shown: code → what the access log says."""

CARE_REASONS = LOOK_REASONS | {"visit": "走访慰问"}
"""The same for marks of special care of a household, which are there so that somebody visits."""
