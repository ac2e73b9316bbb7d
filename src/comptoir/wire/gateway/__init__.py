"""The Payment Gateway API: server to server, no version on the wire, seconds for moments."""
