"""The schedule of retention across services: what would be forgotten, or is, in counts only."""

from chassis.domain import now
from chassis.operate.audit_log import note
from chassis.privacy.retention import schedule


def retention(county, for_good, who, why):
    """[{service, rule, days, due, words}]; with `for_good` what is due is forgotten, and the audit log has it."""
    return [row for service in county.deployed() for row in _of_service(county, service, for_good, who, why)]


def _of_service(county, service, for_good, who, why):
    database, at = county.database(service), now()
    for rule in schedule(county.services[service].retention):
        count = (rule.apply if for_good else rule.count)(database, at)
        if for_good:
            note(database, who, why, "retention", rule=rule.name, count=count)
        yield {"service": service, "rule": rule.name, "days": rule.days, "due": count, "words": rule.words}
