"""Faults on purpose, under load: after each, what was acknowledged is on the log, and every effect is there once."""
