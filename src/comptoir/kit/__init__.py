"""Tools without a domain word: money, ids, clock, actor, database, errors, listing, http."""
