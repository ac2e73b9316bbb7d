"""The house rules as functions over one parsed file; `tools/check.py` runs them all."""
