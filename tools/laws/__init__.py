"""The laws of the design, each with a way to break it and the tests that must then go red."""
