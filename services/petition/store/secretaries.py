"""Who is secretary of what, as identity says."""

from collections.abc import Collection

from chassis.store import Rows, index


class Secretaries(Rows):
    """Rows {_id, person, region}."""

    collection = "secretaries"
    derived_by = ["keep_secretary"]
    indexes = [index("region")]

    def of(self, regions: Collection[str]) -> list[str]:
        """Ids of those who are secretary of any of these regions."""
        return sorted({row["person"] for row in self.find({"region": {"$in": list(regions)}})})
