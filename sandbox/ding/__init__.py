"""Ding Connect, version 1."""
