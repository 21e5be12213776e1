"""Makes `data_samples/claims/`: four invented visits with their notes, charges, claims and remittances; what is wrong with each is told in README.md."""

import csv
import json
from pathlib import Path

OUT = Path(__file__).parent / "claims"
SIGNED = "\nSigned by Dana Ortiz, PT, DPT, 03/02/2026"
NOTES = {
    "S1": """TherEx x 30 min: leg press 3x10, straight leg raises 3x10.
NMR x 15 min: single leg stance on foam with eyes closed.
Required verbal cues for hip strategy.
A: impaired balance, sways to the left after 4 seconds. Knee flexion 0-118.
Goal: climb 12 stairs without a rail.""",
    "S2": """Therapeutic exercise (30 min): wand flexion in supine, rows with a red band 3x10.
Tactile cue at the scapula, faded by the third set. Flexion 0-132, was 0-121.
A: weak scapular stabilizers.
Goal: put plates into the upper cupboard again.""",
    "S3": """TherEx x 25 min: sidelying hip abduction, leg press 3x10.
97150 Therapeutic group x 25 min, three other patients: seated exercise class.
Counted aloud to slow the descent. Five-times sit to stand 17 s.
A: hip abductors give way in stance.
Goal: walk to the mailbox and back.""",
    "S4": """TherEx: heel raises at the counter 3x15, calf stretch on the slant board.
Hand on the calf to show the muscle. Dorsiflexion 8 degrees.
A: tight calf and weak push-off.
Goal: run for the bus.""",
}
CHARGED = {
    "S1": [("97110", 2, "GP"), ("97112", 1, "GP")],
    "S2": [("97110", 3, "GP")],
    "S3": [("97110", 2, "GP"), ("97150", 1, "GP")],
    "S4": [("97110", 2, "GP")],
}
SENT = CHARGED | {"S3": [("97110", 2, "GP"), ("97150", 1, "59:GP")]}
PRICES = {"97110": 46.0, "97112": 52.0, "97150": 28.0}
ISA = "ISA*00*          *00*          *ZZ*{}*ZZ*{}*260401*1200*^*00501*000000001*0*P*:~\n"


def main() -> None:
    """Write the notes, the charges, the claims and the remittances."""
    OUT.mkdir(exist_ok=True)
    known = {"therapist": "Dana Ortiz", "date_of_service": "2026-03-02", "payer": "medicare", "discipline": "PT"}
    rows = [{"id": name, "patient": f"MRN{name}", **known, "text": text + SIGNED} for name, text in NOTES.items()]
    with (OUT / "notes.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    with (OUT / "charges.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("Charge ID", "MRN", "Visit Date", "Therapist", "CPT", "Units", "Mod1", "Amount"))
        for name, lines in CHARGED.items():
            table.writerows(
                (f"C{name}", f"MRN{name}", "03/02/2026", "Ortiz, Dana", code, units, modifier, PRICES[code] * units) for code, units, modifier in lines
            )
    (OUT / "claims.837").write_text("".join(_claims()), encoding="ascii")
    (OUT / "remittances.835").write_text("".join(_remittances()), encoding="ascii")


def _claims() -> list[str]:
    text = [ISA.format("HILL REHAB     ", "PAYER          "), "GS*HC*HILL*PAYER*20260401*1200*1*X*005010X222A1~\n", "ST*837*0001*005010X222A1~\n"]
    text += ["BHT*0019*00*1*20260401*1200*CH~\n", "HL*1**20*1~\n", "NM1*85*2*HILL REHAB*****XX*1999999992~\n"]
    for level, (name, lines) in enumerate(SENT.items(), 2):
        text += [f"HL*{level}*1*22*0~\n", "SBR*P*18*******MB~\n", f"NM1*IL*1*DOE*{name}****MI*M{name}~\n", "NM1*PR*2*MEDICARE*****PI*00~\n"]
        charge = sum(PRICES[code] * units for code, units, _ in lines)
        text += [f"CLM*C{name}*{charge:.2f}***11:B:1*Y*A*Y*Y~\n", f"REF*EA*MRN{name}~\n", "HI*ABK:M6281~\n", "NM1*82*1*ORTIZ*DANA****XX*1234567893~\n"]
        for number, (code, units, modifier) in enumerate(lines, 1):
            text += [
                f"LX*{number}~\n",
                f"SV1*HC:{code}:{modifier}*{PRICES[code] * units:.2f}*UN*{units}***1~\n",
                "DTP*472*D8*20260302~\n",
                f"REF*6R*{name}-{number}~\n",
            ]
    return [*text, f"SE*{len(text) - 1}*0001~\n", "GE*1*1~\n", "IEA*1*000000001~\n"]


def _remittances() -> list[str]:
    text = [ISA.format("PAYER          ", "HILL REHAB     "), "GS*HP*PAYER*HILL*20260501*1200*1*X*005010X221A1~\n", "ST*835*0001~\n"]
    text += ["BPR*I*0*C*CHK~\n", "N1*PR*MEDICARE~\n", "LX*1~\n"]
    for name, lines in SENT.items():
        charge = sum(PRICES[code] * units for code, units, _ in lines)
        text += [f"CLP*C{name}*1*{charge:.2f}*{charge / 2:.2f}**MB*ICN{name}~\n", f"NM1*QC*1*DOE*{name}****MI*M{name}~\n"]
        for number, (code, units, modifier) in enumerate(lines, 1):
            amount = PRICES[code] * units
            text += [f"SVC*HC:{code}:{modifier}*{amount:.2f}*{amount / 2:.2f}**{units}~\n", "DTM*472*20260302~\n"]
            text += [f"CAS*CO*45*{amount / 2:.2f}~\n", f"REF*6R*{name}-{number}~\n"]
    return [*text, f"SE*{len(text) - 1}*0001~\n", "GE*1*1~\n", "IEA*1*000000001~\n"]


if __name__ == "__main__":
    main()
