"""Pages of senders, by noun."""
