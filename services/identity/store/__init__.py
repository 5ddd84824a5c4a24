"""How identity keeps and finds what it owns."""
