"""The page door: one file per screen, templates, static files and catalogues."""
