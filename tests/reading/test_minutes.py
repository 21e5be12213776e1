"""Minutes: one marked sentence for each idea. `[[97112:15|15 min]]` are minutes of a service, `[[visit_total:45|45]]` a total."""

import re
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp_pipeline.reading.minutes import read_time
from nlp_pipeline.reading.services import find_blocks
from nlp_pipeline.records.facts import TimeFacts

MARK = re.compile(r"\[\[(?P<what>[^:\]]*):(?P<minutes>[^|\]]*)\|(?P<words>[^\]]*)\]\]")
TOTALS = {"timed_total", "visit_total"}
Minutes = list[tuple[int, str, str | None, float]]


def read(text: str) -> TimeFacts:
    return read_time(text, find_blocks(text), ())


def wanted_and_found(marked: str) -> tuple[Minutes, Minutes]:
    """Take the marks out, read what is left, and put both answers side by side: where, kind, code and minutes of all that may bill."""
    text, wanted, at = "", [], 0
    for mark in MARK.finditer(marked):
        text += marked[at : mark.start()]
        kind, _, code = mark["what"].rpartition(" ")
        kind, code = (mark["what"], None) if mark["what"] in TOTALS else (kind or "code", None if code == "-" else code)
        wanted.append((len(text), kind, code, float(mark["minutes"])))
        text, at = text + mark["words"], mark.end()
    text += marked[at:]
    found = [(each.span.start, each.kind, each.code, each.minutes) for each in read(text).minutes if each.kind != "dosage" and each.performed]
    return wanted, found


@pytest.mark.parametrize(
    "marked",
    [
        "TE [[97110:15|15 min]], NMR [[97112:10|10 min]]",
        "TE [[97110:15|15]], NMR [[97112:10|10]]",
        "Ther ex x [[97110:23|23 mintues]]",
        "NMR [[97112:15|l5 min]]",
        "NMR [[97112:15|15']] stance on foam",
        "NMR [[97112:15|15\u2032]] stance on foam",
        "Manual\u00a0therapy\u00a0[[97140:12|12\u00a0min]]",
        "Therapeutic exercise [[97110:25|twenty-five minutes]]",
        "Gait training [[97116:30|half an hour]]",
        "Self-care training [[97535:70|an hour and ten]].",
        "Ther act: [[97530:8.5|8:30 min]]",
        "Exercise [[97110:13|thirteen]], activity [[97530:12|twelve]].",
        "97110 | TE | [[97110:15|15]] | 1",
        "THER EX (97110)......[[97110:18|18 MIN]]",
        "Ther ex: min [[97110:22|22]]\r\nNMR: min [[97112:16|16]]",
        "TE = [[97110:14|14]], TA = [[97530:16|16]]",
    ],
)
def test_minutes_are_read_in_every_spelling(marked):
    wanted, found = wanted_and_found(marked)
    assert found == wanted


@pytest.mark.parametrize(
    "marked",
    [
        "[[97112:15|15 min]] of neuromuscular re-education and [[97110:10|10 min]] of therapeutic exercise",
        "rib glides [[97140:10|10 min]] (97140)",
        "core ex [[97110:15|15 min]] (97110)",
        "We spent [[97110:23|twenty-three minutes]] on therapeutic exercise.",
        "Neuromuscular re-education was provided for [[97112:18|18 minutes]] to address sway.",
        "Therapeutic Exercises: seated knee extension, ankle pumps. [[97110:18|18 minutes]].",
        "NMR: SLS, foam, tandem, [[97112:14|14 min]]",
    ],
)
def test_clock_intervals_are_measured(marked):
    wanted, found = wanted_and_found(marked)
    assert found == wanted


@pytest.mark.parametrize(
    "marked",
    [
        "Total treatment time [[visit_total:45|45 minutes]]",
        "Timed [[timed_total:38|38]], total [[visit_total:50|50]]",
        "One-on-one time: [[timed_total:40|40 min]]",
        "[[visit_total:45|45 min]] total",
        "[[timed_total:46|46]] timed",
        "Pt seen w/ daughter for [[visit_total:30|30 min]]",
    ],
)
def test_totals_are_told_from_services(marked):
    wanted, found = wanted_and_found(marked)
    assert found == wanted


@pytest.mark.parametrize(
    "text",
    [
        "HEP: bridges 10 min BID",
        "Goal: stand 20 min to cook",
        "Plan: TE 30 min next visit",
        "Walks 40 min with the dog, drove 25 min here",
        "Rested 5 min between sets",
        "Pain gone in ten minutes",
        "6 min of documentation, not billed",
        "Prior visit: TE 20 min, TA 18 min.",
        "Neuro re-ed 15 min deferred, nausea",
        "Neuro re-ed 15 min held 2° nausea",
        "Neuro re-ed 15 min held (BP 88/50)",
        "Gait training 10 min missed, transport late",
        "Therapeutic exercise 15 min planned for Friday",
        "Therapeutic exercise 15 min copied forward from 3/2",
        "Refused gait training 15 min",
        "Next appointment 4/21 at 9:30",
        "Amb 90' w/ RW, Min A",
        "Work trial 8:00-12:00 on Friday",
        "Berg 45, 10 min walk test",
    ],
)
def test_time_that_is_no_treatment_of_this_visit_bills_nothing(text):
    assert [each for each in read(text).minutes if each.kind != "dosage" and each.performed] == []


@pytest.mark.parametrize(
    "text",
    [
        "Therapeutic activities: sit to stand, min A second set.",
        "Therapeutic activities: sit to stand x10 min A board placement.",
        "Therapeutic activities: LB dressing figure-4 min A L sock.",
        "A second trial was better.",
    ],
)
def test_minimal_assistance_is_no_time(text):
    assert read(text).minutes == ()


def test_a_time_for_each_side_is_a_time():
    assert [(each.kind, each.minutes) for each in read("TE 20 min: bike 5 min a side, paused for a second").minutes] == [
        ("code", 20),
        ("dosage", 5),
        ("dosage", 0.017),
    ]


@pytest.mark.parametrize("text", ["TE 20 min: bike 6 min, squats", "NMR 15 min: foam stance 2 min x 3", "97110 18 min: UBE 5', rows"])
def test_an_exercise_inside_a_timed_block_is_dosage(text):
    assert [each.kind for each in read(text).minutes] == ["code", "dosage"]


def test_the_time_that_corrects_another_counts():
    assert [each.minutes for each in read("Therapeutic exercise six minutes, no, make that eight.").minutes if each.kind == "code"] == [8]


def test_a_charge_grid_repeats_the_minutes_of_the_text():
    found = read("Ther ex 15 min and neuro re-ed 12 min. At sign off: 97110 (15 min) and 97112 (12 min).").minutes
    assert [(each.code, each.restated) for each in found] == [("97110", False), ("97112", False), ("97110", True), ("97112", True)]


def test_minutes_of_two_body_parts_add_up():
    assert [(each.minutes, each.restated) for each in read("97140 8 min cervical, 7 min thoracic.").minutes] == [(8, False), (7, False)]


def test_parts_beside_their_sum_are_not_counted_again():
    found = read("TE 23 min (PT 8, PTA 15).").minutes
    assert [(each.minutes, each.restated, each.by) for each in found] == [(23, False, None), (8, True, "therapist"), (15, True, "assistant")]


def test_the_split_between_therapist_and_assistant_adds_up():
    found = read("97110 8 min by PT, 7 min by PTA.").minutes
    assert [(each.minutes, each.restated, each.by) for each in found] == [(8, False, "therapist"), (7, False, "assistant")]


def test_the_end_of_a_word_names_no_clinician():
    assert [each.by for each in read("Manual therapy to foot 15 min.").minutes] == [None]


def test_rows_under_a_repeated_table_head_are_read_once():
    assert [each.minutes for each in read("Code | Min\nTE | 15\nCode | Min\nNMR | 10").minutes] == [15, 10]


def test_a_spoken_interval_of_full_hours_is_found():
    assert [each.clock for each in read("Seen nine o'clock to ten o'clock.").minutes] == [(540, 600)]


@pytest.mark.parametrize("line", ["TE 15 min, ", "Code | Min\nTE | 15\n", "billed 97110, ", "TE | min | \n", "plan: x\n", "plan\n", "TE squats\nNMR steps\n"])
def test_reading_time_grows_with_the_text_and_no_faster(line):
    def seconds(count: int) -> float:
        start = process_time()
        read(line * count)
        return process_time() - start

    read(line)
    assert seconds(6400) < 30 * max(seconds(800), 0.005)  # eight times the text; were it quadratic, 64 times the work


def test_a_declined_service_is_named_as_not_furnished():
    assert [(each.code, each.performed) for each in read("Patient declined neuro re-ed today.").services] == [("97112", False)]


def test_minutes_in_a_table_column_need_no_unit():
    wanted, found = wanted_and_found("Code | Activity | Min\n97110 | leg press | [[97110:12|12]]\n97112 | foam | [[97112:9|9]]")
    assert found == wanted


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=120).map(lambda noise: f"TE 15 min {noise} 9:05-9:20\r\nTotal {noise} 45 min"))
@settings(max_examples=200)
def test_statements_are_cut_from_the_text_as_given(text):
    time = read(text)
    spans = [
        *(each.span for each in time.minutes),
        *(each.span for each in time.charges),
        *(each.span for each in time.services),
        *time.assistants,
        *time.duplicates,
    ]
    assert all(text[span.start : span.end] == span.text for span in spans)


WORDS = [
    "TE",
    "97112",
    "15 min",
    "12'",
    "x 2",
    "9:05-9:20",
    "PTA",
    "by",
    "total",
    "timed",
    "units",
    "(",
    ")",
    "|",
    "\n",
    ", ",
    ". ",
    "no",
    "Plan:",
    "twelve",
    "0",
    "half an hour",
    "\t",
    "held",
]


@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join))
@settings(max_examples=200)
def test_minutes_are_never_negative_and_stand_in_order(text):
    found = read(text).minutes
    assert all(each.minutes > 0 for each in found)
    assert [each.span.start for each in found] == sorted(each.span.start for each in found)


def test_minutes_behind_a_clock_interval_are_those_of_its_service():
    wanted, found = wanted_and_found("Ther ex, start [[start_stop 97110:15|2:02 PM stop 2:17 PM]] ([[97110:15|15 min]]).")
    assert found == wanted
