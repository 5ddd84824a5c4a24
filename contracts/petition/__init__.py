"""Facts of petition, by kind of matter and step."""
