"""Imports: payment history from any provider's files, taken in once and undone by adding."""

from comptoir.imports.importing import ImportReport, Listener, Progress, run_import
from comptoir.imports.mapping import BadMapping, Mapping, load_mapping
from comptoir.imports.reading import Held
from comptoir.imports.runs import ImportBusy, NotUndone, ReadOtherwise, Run, find_run, list_imports
from comptoir.imports.source import BadFile
from comptoir.imports.undo import ImportUsed, UndoReport, undo_import

__all__ = [
    "BadFile",
    "BadMapping",
    "Held",
    "ImportBusy",
    "ImportReport",
    "ImportUsed",
    "Listener",
    "Mapping",
    "NotUndone",
    "Progress",
    "ReadOtherwise",
    "Run",
    "UndoReport",
    "find_run",
    "list_imports",
    "load_mapping",
    "run_import",
    "undo_import",
]
