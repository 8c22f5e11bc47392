"""Long runs that measure rather than judge once: the open page over an hour, many open pages."""
