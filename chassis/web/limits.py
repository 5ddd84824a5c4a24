"""How often a route may be asked: per person, or per network where nobody is signed in.

Counted in each process for itself, in memory: no write and no hot document on the way of every request, and nothing of
it is kept. With n replicas a person may therefore be let through up to n times as often, and a day begins anew when the
process does; a limit that must be exact (codes per phone) is a rule of a domain, kept in its database.
"""

import re
from ipaddress import ip_address, ip_network

from chassis.core.gcra import Buckets
from chassis.core.problems import too_many

PERIODS = {"s": 1, "min": 60, "h": 3600, "day": 86_400}
WRITTEN = re.compile(rf"([0-9]+)/({'|'.join(PERIODS)})")
EACH_PERSON, EACH_NETWORK = "300/min", "1200/min"  # a whole village may share one address of its mobile carrier


class Rate:
    """`Rate("10/min 40/day")`: ten at once, then one every six seconds, and so by the day; all windows must pass."""

    def __init__(self, written: str) -> None:
        self.windows = [_window(each) for each in written.split()]

    def take(self, key, factor=1.0):
        """Count one request of `key`; `factor` times as many as written pass. Raises Problem."""
        costs = [(bucket, bucket.seconds / (count * factor)) for count, bucket in self.windows]
        if (wait := max(bucket.wait(key, cost) for bucket, cost in costs)) > 1e-9:
            raise too_many(wait)
        for bucket, cost in costs:
            bucket.pour(key, cost)


def _window(written: str) -> tuple[int, Buckets]:
    found = WRITTEN.fullmatch(written)
    if found is None:
        raise ValueError(f"no rate: {written}")
    return int(found[1]), Buckets(PERIODS[found[2]])


def network(request, proxies=0):
    """Where a request comes from: an IPv4 address or an IPv6 /64, as the outermost of our own proxies saw it."""
    hops = [*request.headers.get("X-Forwarded-For", "").split(","), request.remote_addr]
    try:
        address = ip_address(hops[-1 - proxies].strip())
    except (IndexError, ValueError):
        return request.remote_addr
    return str(address if address.version == 4 else ip_network(f"{address}/64", strict=False))
