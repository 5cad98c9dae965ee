"""Closed tables of the addon, a module for each topic."""
