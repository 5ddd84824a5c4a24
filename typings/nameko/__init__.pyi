# Nameko 2.14 has no types: these are of what the chassis uses.
