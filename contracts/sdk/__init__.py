"""How facts are written down: envelope, kinds of fields, schemas, examples, compatibility."""
