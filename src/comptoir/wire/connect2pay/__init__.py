"""Connect2Pay: the hosted page's API."""
