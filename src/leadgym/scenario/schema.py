"""The JSON Schema of a scenario file, for editors that complete and check while one types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from leadgym.scenario.model import Scenario

SCHEMA_FILE = Path(__file__).with_name("scenario.schema.json")


def json_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of ``scenario.yaml``, made from the model."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Scenario.model_json_schema(by_alias=True),
        "title": "leadgym scenario",
    }


def schema_text() -> str:
    """``json_schema`` as the committed file has it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
