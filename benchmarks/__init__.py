"""What `make bench` measures: payments, lists at ten million, import, start, memory."""
