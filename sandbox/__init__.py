"""Simulator of WeChat, WeChat Pay v3 and Reloadly, written from the specification sheets alone."""
