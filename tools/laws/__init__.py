"""The laws of the design, each with ways to break it and the tests that must then go red."""
