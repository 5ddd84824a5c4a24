"""MongoDB: units of work, group commit, look-ups, leases, numbers."""
