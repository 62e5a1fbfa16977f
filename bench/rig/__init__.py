"""The bench on real brokers: two clusters, one filled topic, every mirror in turn."""
