"""Planted visits as the files that a clinic would give: notes, charges, claims and remittances."""

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.planted_notes import PlantedVisit, prices

ISA = "ISA*00*          *00*          *ZZ*{sender:<15}*ZZ*{receiver:<15}*260401*1200*^*00501*000000001*0*P*:~"
CLAIM = (
    "HL*{level}*1*22*0~SBR*P*18*******MB~NM1*IL*1*{name}*{given}****MI*M{patient}~NM1*PR*2*MEDICARE*****PI*00~"
    "CLM*{id}*{charge:.2f}***11:B:1*Y*A*Y*Y~REF*EA*{patient}~HI*ABK:M6281~NM1*82*1*{last}*{first}****XX*{number}~"
)
CHARGED = 1.6  # what is charged, by what is allowed


def write_files(visits: Sequence[PlantedVisit], folder: Path) -> None:
    """Write notes.jsonl, charges.csv, claims.837 and remittances.835."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "notes.jsonl").open("w", encoding="utf-8") as file:
        for visit in visits:
            if visit.documented:
                file.write(json.dumps(_note(visit)) + "\n")
    _charges([visit for visit in visits if visit.billed], folder / "charges.csv")
    (folder / "claims.837").write_text("".join(_claims([visit for visit in visits if visit.billed])), encoding="ascii")
    (folder / "remittances.835").write_text("".join(_remittances([visit for visit in visits if visit.billed])), encoding="ascii")


def _note(visit: PlantedVisit) -> dict[str, str]:
    return {
        "id": visit.id,
        "patient": visit.patient,
        "therapist": visit.therapist.name,
        "date_of_service": visit.day.isoformat(),
        "payer": "medicare",
        "discipline": visit.therapist.discipline,
        "text": visit.text,
    }


def _charges(visits: Iterable[PlantedVisit], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("Charge ID", "MRN", "Visit Date", "Therapist", "CPT", "Units", "Mod1", "Mod2"))
        for visit in visits:
            for code, units, modifiers in visit.charge:
                rows.writerow((f"C{visit.id}", visit.patient, f"{visit.day:%m/%d/%Y}", visit.therapist.name, code, units, *modifiers))


def _claims(visits: Iterable[PlantedVisit]) -> Iterable[str]:
    yield ISA.format(sender="CLINIC", receiver="PAYER") + "\nGS*HC*CLINIC*PAYER*20260401*1200*1*X*005010X222A1~\nST*837*0001*005010X222A1~\n"
    yield "BHT*0019*00*1*20260401*1200*CH~\nHL*1**20*1~\nNM1*85*2*HILL REHAB*****XX*1999999992~\n"
    count = 6
    for level, visit in enumerate(visits, 2):
        first, last = visit.therapist.name.upper().split()
        lines = [(*line, price_of(line[0], line[1]) * CHARGED) for line in visit.claim]
        text = CLAIM.format(
            level=level, name="DOE", given=f"P{visit.patient}", patient=visit.patient, id=f"C{visit.id}", charge=sum(line[3] for line in lines),
            last=last, first=first, number=visit.therapist.number,
        )  # fmt: skip
        for number, (code, units, modifiers, charged) in enumerate(lines, 1):
            procedure = ":".join(("HC", code, *modifiers))
            text += f"LX*{number}~SV1*{procedure}*{charged:.2f}*UN*{units}***1~DTP*472*D8*{visit.day:%Y%m%d}~REF*6R*{visit.id}-{number}~"
        count += text.count("~")
        yield text.replace("~", "~\n")
    yield f"SE*{count - 1}*0001~\nGE*1*1~\nIEA*1*000000001~\n"


def _remittances(visits: Iterable[PlantedVisit]) -> Iterable[str]:
    yield ISA.format(sender="PAYER", receiver="CLINIC") + "\nGS*HP*PAYER*CLINIC*20260501*1200*1*X*005010X221A1~\nST*835*0001~\n"
    yield "BPR*I*0*C*CHK~\nN1*PR*MEDICARE~\nLX*1~\n"
    count = 4
    for visit in visits:
        lines = [(*line, price_of(line[0], line[1])) for line in visit.claim]
        charged, paid = sum(line[3] * CHARGED for line in lines), sum(line[3] * 0.8 for line in lines)
        text = f"CLP*C{visit.id}*1*{charged:.2f}*{paid:.2f}**MB*ICN{visit.id}~NM1*QC*1*DOE*P{visit.patient}****MI*M{visit.patient}~"
        for number, (code, units, modifiers, allowed) in enumerate(lines, 1):
            procedure = ":".join(("HC", code, *modifiers))
            text += f"SVC*{procedure}*{allowed * CHARGED:.2f}*{allowed * 0.8:.2f}**{units}~DTM*472*{visit.day:%Y%m%d}~"
            text += f"CAS*PR*2*{allowed * 0.2:.2f}~REF*6R*{visit.id}-{number}~"
        count += text.count("~")
        yield text.replace("~", "~\n")
    yield f"SE*{count + 1}*0001~\nGE*1*1~\nIEA*1*000000001~\n"


def price_of(code: str, units: int) -> float:
    """Price a line roughly, each unit in full; what a payer pays is no part of what is measured here."""
    return prices().get(code, 0.0) * units
