"""Who everybody is: regions, villagers and their verification, roles, sign-in."""
