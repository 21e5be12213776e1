"""House policies as the coder tool applies them: after the suggester, labelled, with the suggester's own code beside."""

from typing import Any

from sqlalchemy import select

from nlp_pipeline.apps.coder_tool.database import Transaction
from nlp_pipeline.apps.coder_tool.tables import Policy
from nlp_pipeline.apps.coder_tool.worksheet import Worksheet, worksheet_of
from nlp_pipeline.house_layer import Housed
from nlp_pipeline.records.policy import HousePolicy, override_to_json, policy_from_json
from nlp_pipeline.records.schema import coded_note_to_json

IN_FORCE, DRAFT, RETIRED = "in force", "draft", "retired"


def in_force(tx: Transaction) -> list[HousePolicy]:
    """Give the policies that were taken into force and not retired; whether one holds for a visit, its day says."""
    rows = tx.session.scalars(select(Policy).where(Policy.state == IN_FORCE).order_by(Policy.id))
    return [policy_from_json(row.body) for row in rows]


def coded_json(housed: Housed) -> dict[str, Any]:
    """Lay a coded note out with what house policies said of each activity: null where none spoke."""
    laid_out = coded_note_to_json(housed.coded)
    spoken = {each.intervention: override_to_json(each) for each in housed.overrides}
    for number, intervention in enumerate(laid_out["interventions"]):
        intervention["house_policy"] = spoken.get(number)
    return laid_out


def worksheet(housed: Housed) -> Worksheet:
    """Lay out what the screen works on."""
    return worksheet_of(housed.coded, coded_json(housed))
