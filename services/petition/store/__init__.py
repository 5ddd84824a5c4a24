"""How petition keeps and finds what it owns."""
