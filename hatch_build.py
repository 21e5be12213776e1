"""Put the model pack in use, and no other, into the wheel."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ModelPackHook(BuildHookInterface):  # type: ignore[type-arg]
    """Lays models/CURRENT and the pack it names beside the package's own modules."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the pack's files for a wheel; an editable install reads them where they lie."""
        models = Path(self.root) / "models"
        if version == "editable":
            return
        pack = (models / "CURRENT").read_text("utf-8").strip()
        build_data["force_include"][str(models / "CURRENT")] = "nlp_pipeline/models/CURRENT"
        build_data["force_include"][str(models / pack)] = f"nlp_pipeline/models/{pack}"
