"""Pages of sending domains, channels and senders."""
