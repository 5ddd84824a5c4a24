"""The rules of petition: letters and their moves, the clocks on them, the county's policy, photos."""
