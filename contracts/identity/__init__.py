"""Facts of identity, by subject."""
