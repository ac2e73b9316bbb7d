"""Routing: the order in which merchant accounts are tried."""

from comptoir.routing.choice import Candidate, Choice, choose

__all__ = ["Candidate", "Choice", "choose"]
