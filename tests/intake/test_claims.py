"""Claims, charges and remittances from every form that they come in."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from xlsxwriter import Workbook

from nlp_pipeline.intake.claim_tables import ClaimProfile
from nlp_pipeline.intake.claims import ClaimIntake
from nlp_pipeline.intake.received import Rejected
from nlp_pipeline.records.billed_claim import BilledClaim

ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260302*1200*^*00501*000000001*0*P*:~"
HEAD = ISA + "GS*HC*S*R*20260302*1200*1*X*005010X222A1~ST*837*0001*005010X222A1~BHT*0019*00*1*20260302*1200*CH~"
LEVELS = "HL*1**20*1~NM1*85*2*HILL REHAB*****XX*1999999992~HL*2*1*22*0~SBR*P*18*******MB~NM1*IL*1*DOE*ANN****MI*M77~NM1*PR*2*MEDICARE*****PI*00~"
TAIL = "SE*20*0001~GE*1*1~IEA*1*000000001~"
CLAIM = "CLM*C1*140***11:B:1*Y*A*Y*Y~REF*EA*MRN0101~NM1*82*1*ORTIZ*DANA****XX*1234567893~"
LINES = "LX*1~SV1*HC:97110:GP*90*UN*2***1~DTP*472*D8*20260302~REF*6R*L1~LX*2~SV1*HC:97530:59:GP*50*UN*1***1~DTP*472*RD8*20260302-20260302~REF*6R*L2~"
REMITTANCE = (
    ISA.replace("HC", "HP")
    + "GS*HP*R*S*20260401*1200*1*X*005010X221A1~ST*835*0001~BPR*I*90*C*CHK~N1*PR*MEDICARE~LX*1~CLP*C1*1*140*90**MB*ICN9~NM1*QC*1*DOE*ANN****MI*M77~"
    + "SVC*HC:97110:GP*90*51.27**2~DTM*472*20260302~CAS*CO*45*20*1*253*1.02~AMT*B6*52.29~REF*6R*L1~SVC*HC:97140*50*0**1*HC:97530:59*1~DTM*472*20260302~"
    + "CAS*CO*97*50~"
    + "SE*15*0001~GE*1*1~IEA*1*000000001~"
)


@pytest.fixture
def read(tmp_path):
    """Write an input and read the claims in it."""

    def write_and_read(name, text, **more):
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return list(ClaimIntake([str(path)], **more))

    return write_and_read


def test_a_professional_claim_keeps_lines_modifiers_units_and_segment_numbers(read):
    [claim] = read("a.837", HEAD + LEVELS + CLAIM + LINES + TAIL)
    assert [(line.code, line.units, line.modifiers, line.control) for line in claim.lines] == [("97110", 2, ("GP",), "L1"), ("97530", 1, ("59", "GP"), "L2")]
    assert (HEAD + LEVELS + CLAIM + LINES).split("~")[claim.lines[0].where.row - 1].startswith("SV1*HC:97110")


def test_the_record_number_comes_before_the_members_number_and_the_rendering_therapist_before_the_group(read):
    [claim] = read("a.837", HEAD + LEVELS + CLAIM + LINES + TAIL)
    assert claim.patients == ("MRN0101", "M77", "DOE, ANN", "C1")
    assert claim.therapists == ("1234567893", "ORTIZ, DANA")


def test_a_therapist_named_on_a_line_has_the_line_alone(read):
    lines = LINES.replace("REF*6R*L2~", "REF*6R*L2~NM1*82*1*ROE*JAN****XX*1111111112~")
    first, second = read("a.837", HEAD + LEVELS + CLAIM + lines + TAIL)
    assert [(each.therapists[0], len(each.lines)) for each in (first, second)] == [("1234567893", 1), ("1111111112", 1)]


def test_what_is_told_about_another_payer_is_not_the_claims_own(read):
    other = "SBR*S*18*******CI~NM1*IL*1*ROE*BEA****MI*X1~NM1*82*1*ELSE*ANY****XX*1000000004~REF*F8*OTHER~"
    [claim] = read("a.837", HEAD + LEVELS + CLAIM + other + LINES + TAIL)
    assert (claim.therapists[0], claim.replaces) == ("1234567893", None)


@pytest.mark.parametrize(("written", "frequency"), [("1", "original"), ("7", "replacement"), ("8", "void")])
def test_the_frequency_of_a_claim_is_kept(read, written, frequency):
    [claim] = read("a.837", HEAD + LEVELS + CLAIM.replace("B:1", f"B:{written}").replace("REF*EA", "REF*F8*ICN9~REF*EA") + LINES + TAIL)
    assert (claim.frequency, claim.replaces) == (frequency, "ICN9")


def test_a_remittance_tells_what_was_decided_and_why(read):
    [claim] = read("a.835", REMITTANCE)
    assert (claim.step, claim.payer_number, claim.payer) == ("remitted", "ICN9", "MEDICARE")
    first, second = claim.lines
    assert [(each.group, each.reason, each.amount) for each in first.adjustments] == [("CO", "45", Decimal("20.00")), ("CO", "253", Decimal("1.02"))]
    assert (first.allowed, first.paid) == (Decimal("52.29"), Decimal("51.27"))
    assert (second.code, second.billed_as, second.paid) == ("97140", "97530", Decimal("0.00"))


def test_other_separators_and_line_ends_are_read(read):
    text = (HEAD + LEVELS + CLAIM + LINES + TAIL).replace("*", "|").replace("~", "\x1c\r\n").replace(":", ">")
    assert [len(claim.lines) for claim in read("a.edi", text)] == [2]


def test_a_header_that_lost_its_blanks_is_mended(read):
    text = (HEAD + LEVELS + CLAIM + LINES + TAIL).replace("          ", "").replace("SENDER         ", "SENDER").replace("RECEIVER       ", "RECEIVER")
    assert [claim.id for claim in read("a.837", text)] == ["C1"]


HOSTILE = {
    "breaks off": (HEAD + LEVELS + CLAIM + LINES, "x12-broken"),
    "no header": ("CLM*C1*1~", "unreadable-file"),
    "an unknown version": (HEAD.replace("00501", "00999") + LEVELS + CLAIM + LINES + TAIL, "x12-broken"),
    "loops close more than they open": (ISA + "IEA*1*000000001~IEA*1*000000001~GE*1*1~SE*1*1~", "x12-broken"),
    "another transaction": (ISA + "GS*HS*S*R*20260302*1200*1*X*005010X279A1~ST*270*0001~SE*2*0001~GE*1*1~IEA*1*000000001~", "x12-other"),
    "no lines": (HEAD + LEVELS + CLAIM + TAIL, "claim-without-lines"),
    "no code": (HEAD + LEVELS + CLAIM + LINES.replace("HC:97110:GP", "HC") + TAIL, "line-without-code"),
    "no day": (HEAD + LEVELS + CLAIM + LINES.replace("DTP*472*D8*20260302~", "") + TAIL, "line-without-date"),
    "a day that is none": (HEAD + LEVELS + CLAIM + LINES.replace("20260302~REF*6R*L1", "20261399~REF*6R*L1") + TAIL, "unreadable-date"),
    "units that are none": (HEAD + LEVELS + CLAIM + LINES.replace("UN*2", "UN*two") + TAIL, "broken-number"),
    "a charge that is none": (HEAD + LEVELS + CLAIM + LINES.replace("*90*", "*NaN*") + TAIL, "broken-number"),
    "no number": (HEAD + LEVELS + CLAIM.replace("CLM*C1", "CLM*") + LINES + TAIL, "claim-without-number"),
    "binary": (b"PK\x03\x04\x00\x00", "binary-file"),
    "empty": ("", "unreadable-file"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_gives_one_clear_error(read, case):
    text, reason = HOSTILE[case]
    refused = [each for each in read("a.837", text) if isinstance(each, Rejected)]
    assert [each.reason for each in refused] == [reason]
    assert all(each.message and each.remedy and "DOE" not in each.message for each in refused)


def test_after_a_broken_claim_the_rest_goes_on(read):
    broken = CLAIM.replace("C1", "C0") + LINES.replace("UN*2", "UN*two")
    refused, whole = read("a.837", HEAD + LEVELS + broken + CLAIM + LINES + TAIL)
    assert (refused.id, refused.place.row is not None, whole.id) == ("C0", True, "C1")


def test_after_a_broken_interchange_the_next_is_read(read):
    good = HEAD + LEVELS + CLAIM + LINES + TAIL
    found = read("a.837", good.replace("00501*0", "00999*0") + "\n" + good)
    assert [type(each) for each in found] == [Rejected, BilledClaim]


@pytest.mark.parametrize("kind", ["837p", "835"])
@pytest.mark.parametrize("seed", [7, 26])
def test_files_of_an_independent_generator_are_read_whole(tmp_path, kind, seed):
    path = tmp_path / f"sample.{kind[:3]}"
    generator = Path(sys.executable).with_name("x12sdk-generate")
    subprocess.run([generator, kind, "--seed", str(seed), "-n", "50", "-o", path], check=True, timeout=120)
    found = list(ClaimIntake([str(path)]))
    segments = path.read_text().split("~")
    assert [type(each) for each in found] == [BilledClaim] * 50
    assert sum(len(each.lines) for each in found) == sum(segment.strip().startswith(("SV1*", "SVC*")) for segment in segments)
    assert sum(sum(line.charged for line in each.lines) for each in found) == sum(
        Decimal(segment.strip().split("*")[2]) for segment in segments if segment.strip().startswith(("SV1*", "SVC*"))
    )


TABLE = """Claim ID,MRN,DOS,Rendering Provider,CPT,Units,Mod1,Mod2,Charge
C1,0042,3/2/2026,"Ortiz, Dana",97110-GP,2,,,90.00
C1,0042,3/2/2026,"Ortiz, Dana",97530,1,GP,59,$50.00
C2,0043,3/2/2026,"Ortiz, Dana",laser,1,GP,,50
C3,0044,someday,"Ortiz, Dana",97110,1,GP,,50
"""


def test_rows_of_a_table_become_claims_and_broken_rows_are_told(read):
    found = read("claims.csv", TABLE)
    [claim] = [each for each in found if isinstance(each, BilledClaim)]
    assert [(line.code, line.units, line.modifiers, line.charged) for line in claim.lines] == [
        ("97110", 2, ("GP",), Decimal("90.00")),
        ("97530", 1, ("GP", "59"), Decimal("50.00")),
    ]
    assert [(each.reason, each.place.row) for each in found if isinstance(each, Rejected)] == [("line-without-code", 3), ("unreadable-date", 4)]


def test_a_profile_names_columns_that_are_not_recognised(read, tmp_path):
    profile = tmp_path / "ours.toml"
    profile.write_text('[columns]\ncode = "Leistung"\npatient = "Kennung"\n[dates]\norder = "day-first"\n')
    [claim] = read("claims.csv", "Kennung;DOS;Leistung\n7;2.3.2026;97110\n".replace("2.3", "02.03"), profile=ClaimProfile.read(profile))
    assert (claim.patients, claim.lines[0].date_of_service.month) == (("7",), 3)


def test_a_table_without_codes_is_refused_whole(read):
    [refused] = read("claims.csv", "MRN,DOS\n1,2026-03-02\n")
    assert (refused.reason, refused.whole_input) == ("missing-claim-columns", True)


def test_a_worksheet_below_a_title_is_read_and_its_total_row_told(tmp_path):
    book = Workbook(tmp_path / "claims.xlsx")
    sheet = book.add_worksheet("March")
    rows = [
        ["Billing March"],
        ["Claim #", "MRN", "DOS", "Provider", "CPT", "Qty", "Mod 1"],
        [1001, "0042", "2026-03-02", "Ortiz, Dana", 97110, 2, "GP"],
        ["Total"],
    ]
    for at, row in enumerate(rows):
        sheet.write_row(at, 0, row)
    book.close()
    refused, claim = ClaimIntake([str(tmp_path / "claims.xlsx")])
    assert (refused.place.row, refused.place.part) == (4, "March")
    assert (claim.id, claim.patients[0], claim.lines[0].code, claim.lines[0].units, claim.where.row) == ("1001", "0042", "97110", 2, 3)


def test_a_fhir_claim_is_read(read):
    item = {"sequence": 1, "productOrService": {"coding": [{"code": "97110"}]}, "modifier": [{"coding": [{"code": "GP"}]}], "quantity": {"value": 2}}
    claim = {
        "resourceType": "Claim", "id": "F1", "patient": {"reference": "Patient/42"}, "item": [{**item, "servicedDate": "2026-03-02", "net": {"value": 90}}],
        "careTeam": [{"provider": {"reference": "Practitioner/o1", "display": "Dana Ortiz"}}],
    }  # fmt: skip
    [found] = read("bundle.json", json.dumps({"resourceType": "Bundle", "entry": [{"resource": claim}, {"resource": {"resourceType": "Patient"}}]}))
    assert (found.id, found.patients[0], found.therapists, found.lines[0].units, found.lines[0].modifiers) == ("F1", "42", ("o1", "Dana Ortiz"), 2, ("GP",))


def test_charges_of_messages_are_read_and_credits_take_back(read):
    line = "FT1|{n}|L{n}||20260302||{kind}||||{units}||||||||||1234567893^ORTIZ|||||97110^^C4|GP~59"
    text = "\r".join(
        [
            "MSH|^~\\&|EMR|HILL|BILL|X|20260302||DFT^P03|M1|P|2.5", "PID|1||MRN0101^^^HILL", "PV1|1|O|||||1234567893^ORTIZ||||||||||||V1",
            line.format(n=1, kind="CG", units=2), line.format(n=2, kind="CG", units=1), line.format(n=3, kind="CD", units=1),
        ]
    )  # fmt: skip
    [charge] = read("charges.hl7", text)
    assert (charge.step, charge.id, charge.patients[0]) == ("charge", "V1", "MRN0101")
    assert [(each.code, each.units, each.modifiers) for each in charge.lines] == [("97110", 2, ("GP", "59"))]
