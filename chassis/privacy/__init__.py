"""What keeps personal data apart: the vault and its keys, access log, denials, retention, the cage for decoders."""
