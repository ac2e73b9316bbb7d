"""What the doors share: authentication, idempotency, errors to HTTP, rendering."""
