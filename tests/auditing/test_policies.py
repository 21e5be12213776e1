"""House policies: where they speak, what they refuse to be, and what past decisions say of them."""

from datetime import date

import pytest

from nlp_pipeline.auditing.policies import keeps_examples, keeps_ruling, overrides_of, proposal, proposal_of_ruling, repeated_disagreements, try_on, weeks_of
from nlp_pipeline.errors import PolicyRefused
from nlp_pipeline.records.facts import Facts, Intervention
from nlp_pipeline.records.judgement import NOT_PERFORMED, DecidedVisit, Judgement
from nlp_pipeline.records.note import Note
from nlp_pipeline.records.policy import RuledActivity, override_to_json, policy_from_json, policy_to_json
from nlp_pipeline.records.suggestion import Suggestion

DAY = date(2026, 11, 10)
ROW = {
    "id": "wall-slides",
    "title": "Wall slides for strength are exercise",
    "since": "2026-11-01",
    "citation": "Coding meeting of 28 October 2026, item 4",
    "code": "97110",
    "when": {"activity": ["wall slide*"], "without": ["reach* overhead to shelf"], "suggested": ["97530"]},
    "examples": [
        {"text": "Wall slides 3x10 for quad strength.", "activity": "Wall slides", "expect": "97110"},
        {"text": "Wall slides, then reaching overhead to shelf.", "activity": "Wall slides", "expect": "untouched"},
    ],
}


def read(text, *activities, status="performed", stated=None, **known):
    """Stand for reading: the activities are where their words are."""
    note = Note("n", text, DAY, **known)
    found = []
    for words in activities:
        start = text.index(words)
        found.append(Intervention(note.span(start, start + len(words)), status, 1.0, stated))
    return Facts(note, interventions=tuple(found))


def suggestions(*codes):
    return tuple(Suggestion(code, 0.9, None, False, "") for code in codes)


def spoken(row, facts, code="97530", day=DAY):
    return overrides_of(facts, suggestions(*[code] * len(facts.interventions)), [policy_from_json(row)], day)


def changed(**fields):
    return {**ROW, **fields}


def decided(text, code, number=0, day=DAY):
    """Let one of two coders decide about the first activity of a text, which was suggested to be 97530."""
    activity = text.split(" 3x10")[0].rstrip(".")
    facts = read(text, activity)
    span = facts.interventions[0].span
    judgement = Judgement(f"v{number}", (span.start, span.end), "ann" if number % 2 else "bob", code, "97530", 0.9, "97530", day=day)
    return DecidedVisit(facts.note, (), facts.interventions, (judgement,))


def test_a_policy_changes_the_code_and_keeps_the_original_and_its_citation():
    [override] = spoken(ROW, read("Wall slides 3x10.", "Wall slides"))
    assert override_to_json(override) == {
        "intervention": 0, "policy": "wall-slides", "title": ROW["title"], "citation": ROW["citation"], "since": "2026-11-01",
        "original": "97530", "code": "97110", "flag": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "activity", "code"),
    [
        ("Wallslides 3x10.", "Wallslides", "97530"),
        ("Firewall slides 3x10.", "slides", "97530"),
        ("Wall slides 3x10, reached overhead to shelf.", "Wall slides", "97112"),
        ("Squats 3x10.", "Squats", "97530"),
    ],
)
def test_a_policy_is_silent_about_other_words_and_other_codes(text, activity, code):
    assert spoken(ROW, read(text, activity), code) == ()


def test_words_that_must_not_stand_there_silence_a_policy_in_their_own_sentence_alone():
    assert spoken(ROW, read("Wall slides, reaching overhead to shelf.", "Wall slides")) == ()
    assert spoken(ROW, read("Wall slides 3x10. Later reaching overhead to shelf.", "Wall slides"))


def test_what_was_not_done_today_is_left_alone():
    assert spoken(ROW, read("Plan: wall slides.", "wall slides", status="planned")) == ()


@pytest.mark.parametrize("day", [date(2026, 10, 31), date(2027, 1, 1)])
def test_a_policy_holds_only_between_its_days(day):
    assert spoken(changed(until="2027-01-01"), read("Wall slides.", "Wall slides"), day=day) == ()


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ({"purpose": ["to improve strength"]}, True),
        ({"purpose": ["balance"]}, False),
        ({"sentence": ["quad"]}, True),
        ({"header": ["97530"]}, True),
        ({"header": ["97112"]}, False),
        ({"activity": ["wall slides"], "payer": ["MEDICARE"]}, True),
        ({"activity": ["wall slides"], "discipline": ["OT"]}, False),
    ],
)
def test_every_part_of_a_condition_must_hold(when, holds):
    facts = read("Quad day: wall slides 3x10 to improve strength.", "wall slides", stated="97530", payer="medicare", discipline="PT")
    assert bool(spoken(changed(when=when), facts)) is holds


def test_a_flag_leaves_the_code_and_asks_a_person_to_look():
    flag = "say which muscle"
    row = {**changed(flag=flag, examples=[{**ROW["examples"][0], "expect": flag}, ROW["examples"][1]])}
    del row["code"]
    [override] = spoken(row, read("Wall slides.", "Wall slides"))
    assert (override.code, override.flag) == (None, flag)


def test_of_two_policies_the_newer_counts():
    newer = changed(id="newer", since="2026-11-05", code="97112", examples=[{**ROW["examples"][0], "expect": "97112"}, ROW["examples"][1]])
    both = [policy_from_json(row) for row in (ROW, newer)]
    [override] = overrides_of(read("Wall slides.", "Wall slides"), suggestions("97530"), both, DAY)
    assert override.policy == "newer"


def test_a_policy_goes_to_json_and_back():
    assert policy_from_json(policy_to_json(policy_from_json(ROW))) == policy_from_json(ROW)


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"citation": " "}, "citation is missing"),
        ({"flag": "x"}, "either a code or a flag"),
        ({"since": "soon"}, "no day"),
        ({"until": "2026-10-01"}, "end after it"),
        ({"when": {"payer": ["medicare"]}}, "names no activity"),
        ({"when": {"colour": ["red"]}}, "unknown key colour"),
        ({"when": {"activity": "wall slides"}}, "no list of words"),
        ({"examples": ROW["examples"][:1]}, "left 'untouched'"),
        ({"examples": [{**ROW["examples"][0], "activity": "squats"}]}, "does not stand in its text"),
        ({"examples": [*ROW["examples"], {**ROW["examples"][0], "expect": "97112"}]}, "cannot give"),
        ({"colour": "red"}, "unknown key colour"),
    ],
)
def test_a_policy_that_breaks_its_form_is_refused(fields, what):
    with pytest.raises(PolicyRefused, match=what):
        policy_from_json(changed(**fields))


def test_examples_that_do_not_come_out_are_named():
    def suggest(example):
        facts = read(example.text, example.activity)
        return facts, suggestions("97110")  # so that a policy about 97530 never speaks

    [(example, came)] = keeps_examples(policy_from_json(ROW), suggest)
    assert (example.expect, came) == ("97110", "untouched")


def test_an_example_whose_activity_is_not_read_is_no_proof():
    [_, (example, came)] = keeps_examples(policy_from_json(ROW), lambda example: (Facts(Note("n", example.text)), ()))
    assert (example.expect, came) == ("untouched", "not read")


def test_past_decisions_say_whether_a_policy_would_have_been_right():
    visits = [decided("Wall slides 3x10.", code, k) for k, code in enumerate(["97110", "97110", "97530", NOT_PERFORMED])]
    found = try_on(policy_from_json(ROW), visits)
    assert (found.spoken, found.before, found.after, found.against, found.worse) == (3, 1, 2, ("v2",), False)


def test_a_policy_that_coders_would_not_follow_is_worse():
    assert try_on(policy_from_json(ROW), [decided("Wall slides.", "97530")]).worse


def test_agreement_is_counted_week_by_week_before_and_since():
    before, since = date(2026, 10, 28), date(2026, 11, 4)
    visits = [decided("Wall slides.", "97110", 1, before), decided("Wall slides.", "97110", 2, since)]
    [first, second] = weeks_of(policy_from_json(ROW), [visits[0], _shown(visits[1], "97110")])
    assert (first.monday, first.judged, first.agreed) == (date(2026, 10, 26), 1, 0)
    assert (second.monday, second.judged, second.agreed) == (date(2026, 11, 2), 1, 1)


def _shown(visit, code):
    [judged] = visit.judgements
    again = Judgement(judged.visit, judged.activity, judged.coder, judged.decided, judged.suggested, judged.confidence, code, day=judged.day, policy="p")
    return DecidedVisit(visit.note, visit.blocks, visit.interventions, (again,))


def test_disagreement_that_repeats_is_offered_as_a_draft():
    visits = [decided("Wall slides 3x10.", "97110", k) for k in range(4)]
    visits.append(decided("Squats.", "97110", 9))
    [found] = repeated_disagreements([*visits, decided("Wall slides.", "97530", 10)], [], 3)
    assert (found.activity, found.suggested, found.decided, found.times, found.kept, found.coders) == ("wall slides", "97530", "97110", 4, 1, 2)
    draft = proposal(found, DAY)
    assert (draft["code"], draft["when"]) == ("97110", {"activity": ["wall slides"], "suggested": ["97530"]})


def test_what_a_policy_says_already_is_no_disagreement_any_more():
    visits = [decided("Wall slides 3x10.", "97110", k) for k in range(4)]
    assert repeated_disagreements(visits, [policy_from_json(ROW)], 3) == ()


def test_a_draft_is_no_policy_until_a_person_gives_its_citation():
    [found] = repeated_disagreements([decided("Wall slides.", "97110", k) for k in range(3)], [], 3)
    with pytest.raises(PolicyRefused, match="citation"):
        policy_from_json(proposal(found, DAY))


def ruled(code, suggested="97530"):
    facts = read("Then wall slides 3x10.", "wall slides")
    return RuledActivity(facts.note, facts.interventions[0], suggested, code)


def test_a_draft_of_a_ruling_gives_the_ruled_code_where_another_was_suggested():
    draft = proposal_of_ruling(ruled("97110"), DAY)
    assert (draft["code"], draft["when"]) == ("97110", {"activity": ["wall slides"], "suggested": ["97530"]})


def test_a_draft_of_a_ruling_for_the_suggestion_holds_whatever_is_suggested():
    assert proposal_of_ruling(ruled("97530"), DAY)["when"] == {"activity": ["wall slides"]}


def test_a_draft_of_what_was_not_done_leaves_the_flag_to_a_person():
    draft = proposal_of_ruling(ruled(NOT_PERFORMED), DAY)
    assert (draft["code"], draft["id"]) == ("", "wall-slides-look")


@pytest.mark.parametrize(
    ("code", "suggested", "keeps"), [("97110", "97530", True), ("97112", "97530", False), (NOT_PERFORMED, "97530", False), ("97110", "97112", False)]
)
def test_a_policy_keeps_a_ruling_where_it_speaks_and_gives_the_ruled_code(code, suggested, keeps):
    assert keeps_ruling(policy_from_json(ROW), ruled(code, suggested)) is keeps


def test_a_flag_keeps_a_ruling_that_it_speaks_of():
    flag = {key: value for key, value in ROW.items() if key != "code"} | {
        "flag": "look",
        "examples": [{**ROW["examples"][0], "expect": "look"}, ROW["examples"][1]],
    }
    assert keeps_ruling(policy_from_json(flag), ruled(NOT_PERFORMED))
