"""House policies and the blind slice in the tool: drafted, tried, in force, shown; drawn, read twice, compared."""

import json

import pytest

from nlp_pipeline.apps.coder_tool import blind, decisions, visits
from nlp_pipeline.apps.coder_tool.agreement_chart import chart_of
from nlp_pipeline.apps.coder_tool.api_records import DecisionIn
from nlp_pipeline.apps.coder_tool.judgements import decided_visits
from nlp_pipeline.apps.coder_tool.policy_pages import read_form
from nlp_pipeline.apps.coder_tool.rulings import ruling_of
from nlp_pipeline.apps.coder_tool.server import create_app
from nlp_pipeline.apps.coder_tool.tables import BlindReading
from nlp_pipeline.house_layer import figures
from nlp_pipeline.records.policy import Week, policy_from_json
from tests.apps.coder_tool.conftest import DAY, fill, new_person, signed_in

STEPS = "TherEx 23 min: squats and step-ups."
RULE = {"id": "step-ups", "title": "Step-ups for strength are exercise here", "since": "2026-01-01", "citation": "Coding meeting, item 4"}
SPEAKS = {"code": "97110", "activity": "step-up*", "suggested": "97530"}
SPOKEN = {"text_0": "TherEx: step-ups 3x10", "activity_0": "step-ups", "expect_0": "spoken"}
UNTOUCHED = {"text_1": "TherEx: squats", "activity_1": "squats", "expect_1": "untouched"}
FORM = RULE | SPEAKS | SPOKEN | UNTOUCHED


@pytest.fixture
def lead(client_of):
    return client_of("lead")


def decide(tool, key, user, code=None, line=1):
    """Decide about a visit, with another code for one activity or as it was suggested."""
    with tool.store.write() as tx:
        visit = visits.open_visit(tx, user, key).visit
        ops = [{"op": "code", "line": line, "code": code}] if code else []
        decisions.decide(tx, user, ruling_of(visit, DecisionIn(version=visit.version, verdict="accepted", ops=ops), tool.rules))


def never_blind(tool):
    with tool.store.write() as tx:
        blind.choose(tx, None, 0.0, 0.0)


def always_blind(tool, second=1.0):
    with tool.store.write() as tx:
        blind.choose(tx, None, 1.0, second)


def drafted(lead, **changes):
    """Keep a draft through the page; its key."""
    answer = lead.post("/policies", data=FORM | changes)
    assert answer.status_code == 303, answer.text
    return lead.get("/api/v1/policies").json()[0]["key"]


def shown(tool, key):
    with tool.store.read() as tx:
        return json.loads(visits.get(tx, key).coded)["coded"]["interventions"]


def test_the_form_makes_a_policy():
    policy = policy_from_json(read_form(FORM))
    assert (policy.when.activity, policy.when.suggested, policy.code) == (("step-up*",), ("97530",), "97110")


def test_a_form_that_is_no_policy_yet_is_shown_again_with_what_it_lacks(lead):
    answer = lead.post("/policies", data=FORM | {"citation": ""})
    assert answer.status_code == 422
    assert "citation is missing" in answer.text
    assert 'value="step-ups"' in answer.text


def test_a_draft_changes_nothing(tool, lead):
    drafted(lead)
    [key] = fill(tool.store, [STEPS])
    assert shown(tool, key)[1]["code"] == "97530"


def test_a_policy_in_force_changes_the_code_and_the_claim_and_shows_the_original(tool, lead):
    lead.post(f"/policies/{drafted(lead)}/enforce")
    [key] = fill(tool.store, [STEPS])
    [_, step_ups] = shown(tool, key)
    assert step_ups["code"] == "97110"
    assert (step_ups["house_policy"]["original"], step_ups["house_policy"]["citation"]) == ("97530", "Coding meeting, item 4")
    assert "It has spoken on 1 visit:" in lead.get("/policies").text


def test_what_was_coded_before_stays_as_it_was(tool, lead):
    [key] = fill(tool.store, [STEPS])
    lead.post(f"/policies/{drafted(lead)}/enforce")
    assert shown(tool, key)[1]["code"] == "97530"


def test_a_policy_out_of_force_speaks_no_more(tool, lead):
    key = drafted(lead)
    lead.post(f"/policies/{key}/enforce")
    lead.post(f"/policies/{key}/retire")
    [visit] = fill(tool.store, [STEPS])
    assert shown(tool, visit)[1]["house_policy"] is None


def test_a_policy_that_does_not_keep_its_examples_is_not_taken_into_force(lead):
    key = drafted(lead, text_0="TherEx: dancing step-ups", activity_0="dancing")
    answer = lead.post(f"/policies/{key}/enforce")
    assert answer.status_code == 422
    assert "its example 1 expects" in answer.text


def test_a_policy_that_coders_would_not_follow_is_not_taken_into_force(tool, lead):
    never_blind(tool)
    [key] = fill(tool.store, [STEPS])
    decide(tool, key, new_person(tool.store, "ann", "coder"))
    answer = lead.post(f"/policies/{drafted(lead)}/enforce")
    assert answer.status_code == 422
    assert "1 agreed with the suggestion and 0 would with it" in answer.text


def test_a_policy_with_an_unknown_code_is_not_taken_into_force(lead):
    assert "is not known" in lead.post(f"/policies/{drafted(lead, code='99999')}/enforce").text


def test_a_new_version_takes_the_place_of_the_old_one(lead):
    lead.post(f"/policies/{drafted(lead)}/enforce")
    lead.post(f"/policies/{drafted(lead, title='Anew')}/enforce")
    assert [(row["version"], row["state"]) for row in lead.get("/api/v1/policies").json()] == [(2, "in force"), (1, "retired")]


@pytest.mark.parametrize("role", ["coder", "auditor"])
def test_only_a_lead_writes_policies(client_of, lead, role):
    other, key = client_of(role), drafted(lead)
    assert other.get("/policies").status_code == 200
    answers = [other.post("/policies", data=FORM), other.post(f"/policies/{key}/enforce"), other.post(f"/policies/{key}/retire"), other.get("/policies/new")]
    assert {answer.status_code for answer in answers} == {403}


def test_disagreement_that_repeats_waits_on_the_page_and_becomes_a_draft(tool, lead):
    never_blind(tool)
    ann = new_person(tool.store, "ann", "coder")
    for key in fill(tool.store, [STEPS] * 3):
        decide(tool, key, ann, "97110")
    assert "step ups" in lead.get("/policies").text
    form = lead.post("/policies/propose", data={"activity": "step ups", "suggested": "97530", "decided": "97110"}).text
    assert "step-ups-97110" in form or "step-ups" in form
    lead.post(f"/policies/{drafted(lead, activity='step ups')}/enforce")
    assert "Draft a policy" not in lead.get("/policies").text


def test_agreement_before_and_after_is_drawn(tool, lead):
    never_blind(tool)
    ann = new_person(tool.store, "ann", "coder")
    for key in fill(tool.store, [STEPS] * 2):
        decide(tool, key, ann, "97110")
    drafted(lead)
    page = lead.get("/policies").text
    assert "<svg" in page
    assert "Decisions as proposed" in page


def test_the_drawing_says_in_words_what_it_shows():
    before, after = date_of(-14), date_of(0)
    chart = chart_of([Week(before, 4, 1), Week(after, 5, 5)], after)
    assert chart.words == f"Decisions as proposed: before 1 of 4 (25%); since {after} 5 of 5 (100%)."
    assert [bar.since for bar in chart.bars] == [False, True]
    assert chart.bars[0].height < chart.bars[1].height
    assert chart.bars[0].x < chart.line <= chart.bars[1].x


def date_of(days):
    from datetime import timedelta

    return DAY + timedelta(days=days)


def test_words_of_a_policy_cannot_run_on_the_page(lead):
    drafted(lead, title="<script>alert(1)</script>", citation='"><img src=x>')
    page = lead.get("/policies").text
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_the_same_visits_are_drawn_by_the_same_seed_and_about_as_many_as_chosen():
    part = blind.Slice(0.2, 0.5, "seed")
    drawn = [part.draws(f"visit {number}") for number in range(2000)]
    assert drawn == [part.draws(f"visit {number}") for number in range(2000)]
    assert 0.16 < sum(drawn) / 2000 < 0.24
    assert drawn != [blind.Slice(0.2, 0.5, "another").draws(f"visit {number}") for number in range(2000)]


def test_a_visit_stays_blind_or_not_once_it_was_opened(tool):
    always_blind(tool)
    ann = new_person(tool.store, "ann", "coder")
    [key] = fill(tool.store, [STEPS])
    with tool.store.write() as tx:
        assert visits.open_visit(tx, ann, key).visit.blind is True
    never_blind(tool)
    with tool.store.write() as tx:
        assert visits.open_visit(tx, ann, key).visit.blind is True
        assert tx.session.query(BlindReading).filter_by(part="first").count() == 1


def both_lines(code, other):
    return [{"op": "code", "line": 0, "code": code}, {"op": "code", "line": 1, "code": other}]


def decide_blind(tool, key, user, *codes):
    with tool.store.write() as tx:
        visit = visits.open_visit(tx, user, key).visit
        decisions.decide(tx, user, ruling_of(visit, DecisionIn(version=visit.version, verdict="accepted", ops=both_lines(*codes)), tool.rules))


def test_a_second_coder_reads_a_blind_visit_and_both_are_compared(tool, client_of):
    always_blind(tool)
    ann, bob = client_of("coder", name="ann"), client_of("coder", name="bob")
    [key] = fill(tool.store, [STEPS])
    assert "No blind visit waits" in bob.get("/second").text
    decide_blind(tool, key, ann.user, "97110", "97530")
    assert "No blind visit waits" in ann.get("/second").text
    page = bob.get("/second").text
    assert "step-ups" in page
    assert bob.post(f"/second/{key}", data={"code_0": "97110", "code_1": "97110"}).status_code == 303
    with tool.store.read() as tx:
        found = figures(each for visit in decided_visits(tx) for each in visit.judgements)
    assert found.pairs[("ann", "bob")].share.value == 0.5
    assert found.engine_blind.share.count == 4
    assert (found.coders.count, found.bias.value) == (2, None)


def test_a_visit_is_read_again_once(tool, client_of):
    always_blind(tool)
    ann, bob, eve = (client_of("coder", name=name) for name in ("ann", "bob", "eve"))
    [key] = fill(tool.store, [STEPS])
    decide_blind(tool, key, ann.user, "97110", "97530")
    codes = {"code_0": "97110", "code_1": "not-done"}
    assert bob.post(f"/second/{key}", data=codes).status_code == 303
    assert eve.post(f"/second/{key}", data=codes).status_code == 422


@pytest.mark.parametrize("codes", [{}, {"code_0": "97110"}, {"code_0": "97110", "code_1": "99999"}])
def test_a_second_reading_needs_a_known_code_for_each_activity(tool, client_of, codes):
    always_blind(tool)
    [key] = fill(tool.store, [STEPS])
    decide_blind(tool, key, client_of("coder").user, "97110", "97530")
    assert client_of("coder").post(f"/second/{key}", data=codes).status_code == 422


def test_the_first_coder_cannot_answer_again_as_the_second(tool, client_of):
    always_blind(tool)
    ann = client_of("coder")
    [key] = fill(tool.store, [STEPS])
    decide_blind(tool, key, ann.user, "97110", "97530")
    assert ann.post(f"/second/{key}", data={"code_0": "97110", "code_1": "97530"}).status_code == 422


def test_a_lead_chooses_the_share_of_blind_visits_and_a_coder_does_not(tool, client_of, lead):
    assert lead.post("/agreement/blind", data={"share": "12.5", "second_share": "40"}).status_code == 303
    assert "12.5 %" in lead.get("/agreement").text
    assert client_of("coder").post("/agreement/blind", data={"share": "0", "second_share": "0"}).status_code == 403
    assert lead.post("/agreement/blind", data={"share": "120", "second_share": "0"}).status_code == 422


def test_the_page_of_agreement_tells_what_is_known(tool, lead):
    never_blind(tool)
    ann = new_person(tool.store, "ann", "coder")
    for key in fill(tool.store, [STEPS] * 3):
        decide(tool, key, ann)
    page = lead.get("/agreement").text
    assert "100.0 %" in page
    assert "not known" in page


def test_the_page_of_tokens_shows_a_token_once(client_of):
    ann = client_of("coder")
    made = ann.post("/tokens", data={"label": "export", "days": "30", "scopes": ["visits.read"]}).text
    words = made.partition("<code>")[2].partition("</code>")[0]
    assert len(words) > 30
    assert words not in ann.get("/tokens").text
    assert "visits.read" in ann.get("/tokens").text


def test_policies_blind_visits_and_exports_are_the_same_on_either_database(make_tool, either_url):
    tool = make_tool(either_url)
    app = create_app(tool)
    ann, bob, lead = (signed_in(tool, app, new_person(tool.store, name, *roles)) for name, *roles in (("ann", "coder"), ("bob", "coder"), ("eve", "lead")))
    always_blind(tool)
    lead.post(f"/policies/{drafted(lead)}/enforce")
    [key] = fill(tool.store, [STEPS])
    decide_blind(tool, key, ann.user, "97110", "97110")
    assert bob.post(f"/second/{key}", data={"code_0": "97110", "code_1": "97110"}).status_code == 303
    told = lead.get("/api/v1/agreement").json()
    assert (told["engine_blind"]["share"]["value"], told["pairs"][0]["share"]["value"]) == (1.0, 1.0)
    assert "It has spoken on 1 visit:" in lead.get("/policies").text
    assert lead.get("/api/v1/exports/activities.csv").text.count("step-ups") == 1  # the policy's name, no word of the note
