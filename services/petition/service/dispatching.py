"""派单: which departments may handle a letter, and who works for them."""

from services.petition.domain.dispatch import UnknownHandler
from services.petition.domain.moves import INTAKE


class DispatchDesk:
    """Departments beside the offices of the ladder."""

    def _working(self, call, unit):
        """The caller as a Reader, who works for the department `unit` if one is given. Raises UnknownHandler."""
        reader = self._reader(call, [unit] if unit else ())
        if unit and not reader.departments:
            raise UnknownHandler()
        return reader

    def _require_handlers(self, petition, parts, department=None, right_owner=None, **_):
        """Raises UnknownHandler unless the letter may go to this department, and there is such a right owner.

        An office dispatches to departments of its own region, the intake to those of any level of the letter's path.
        """
        theirs = petition.path if INTAKE in parts else [petition.office]
        if department and self._region_of(department) not in theirs:
            raise UnknownHandler()
        if right_owner and not {right_owner, self._region_of(right_owner)} & set(petition.path):
            raise UnknownHandler()

    def _region_of(self, department):
        """Where a department is now, None when there is none of this id."""
        region = self.organisations.departments([department]).get(department)
        return region and self.regions.heir(region)
