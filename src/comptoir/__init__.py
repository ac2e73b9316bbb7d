"""Comptoir: an open, self-hosted back office for payments."""

__version__ = "0.1.0"
