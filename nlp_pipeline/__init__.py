"""unitwise reads a therapy note as an auditor would: what was done, which code it supports, how many units it earns.

>>> from nlp_pipeline import Note
>>> Note(id="n-17", text="NMR 15 min: SLS on foam").id
'n-17'
"""

from typing import TYPE_CHECKING, Any

from nlp_pipeline.records.coded_note import CodedNote
from nlp_pipeline.records.note import Note

if TYPE_CHECKING:
    from nlp_pipeline.pipeline import Pipeline

__all__ = ["CodedNote", "Note", "Pipeline"]


def __getattr__(name: str) -> Any:
    """Import the pipeline, and with it spaCy, only when someone asks for it."""
    if name == "Pipeline":
        from nlp_pipeline.pipeline import Pipeline

        return Pipeline
    raise AttributeError(name)
