"""Access that was taken away: every service keeps the list of `identity.access_revoked` by itself.

A token issued before its person, its session or the helper who acts for its person was revoked is void at once,
in replicas that were not told themselves half a second later.
"""

from datetime import timedelta

from chassis.store import Rows, index

LIFE = timedelta(minutes=15)  # longer than an access token lives


class Revocations(Rows):
    """Rows {_id, before, until}: `_id` is the id of a person or a session; MongoDB forgets them after `until`."""

    collection = "revocations"
    indexes = [index("until", expireAfterSeconds=0)]
    kept_seconds = 0.5  # in a process that was not itself told

    def keep(self, key, before):
        """Tokens of this person or session issued before a moment are void."""
        self.put(key, {"before": before, "until": before + LIFE})

    def void(self, keys, issued_at):
        """Whether one of these persons and sessions was revoked after a moment."""
        return any(row["before"] > issued_at for row in self.looked_up(keys))
