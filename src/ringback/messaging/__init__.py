"""Messages: the outbox and its carriers."""
