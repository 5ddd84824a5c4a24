"""Who asks: people, tokens, services among each other."""
