"""How the counters are kept and summed."""

from datetime import datetime

from chassis.service import Regions, path_at
from chassis.store import Query, Row, Rows, index


class Subtrees(Regions):
    """The region tree as it was, with all of a subtree at once."""

    def paths(self, key: str, at: datetime | None) -> dict[str, list[str]]:
        """Paths by id of a region and of all below it, as the tree was at a moment (None: now); raises UnknownRegion.

        What was merged into a region lies below it.
        """
        self.region(key)
        rows = self.find({"$or": [{"path": key}, {"past.path": key}]})
        paths = {row["_id"]: path_at(row, at) for row in rows}
        return {id: path for id, path in paths.items() if key in path}


class Counters(Rows):
    """Rows {_id, leaf, metric, day, dimensions …, count, sum}: one per leaf, day and combination that ever happened."""

    collection = "counters"
    indexes = [index("leaf", "day")]
    derived_by = ("count",)

    def sums(self, leaves: list[str], query: Query, by: str | None) -> list[Row]:
        """Sums over some leaves per metric and value of the column `by` (None: per metric only), in that order.

        `query` holds first and last day (ISO dates or None) and metric (or None).
        """
        key = {"metric": "$metric"} | ({by: f"${by}"} if by else {})
        group = {"_id": key, "count": {"$sum": "$count"}, "sum": {"$sum": "$sum"}}
        found = self.rows.aggregate([{"$match": matching(leaves, query)}, {"$group": group}, {"$sort": {"_id": 1}}])
        return [{"count": row["count"], "sum": row["sum"], **row["_id"]} for row in found]


def matching(leaves: list[str], query: Query) -> Row:
    """The filter of the counters that a query asks for."""
    days = {"$gte": query["first"], "$lte": query["last"]}
    day = {op: day.isoformat() for op, day in days.items() if day}
    wanted = {"leaf": {"$in": leaves}, "metric": query["metric"], "day": day}
    return {name: value for name, value in wanted.items() if value}
