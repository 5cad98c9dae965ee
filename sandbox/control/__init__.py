"""The control API: what people and tests do to the simulated world."""
