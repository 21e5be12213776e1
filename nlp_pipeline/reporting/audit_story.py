"""From the papers of an audit to its report: a pure function, the same words for the same papers."""

from collections.abc import Iterator
from decimal import Decimal

from nlp_pipeline.records.audit_papers import AuditPapers
from nlp_pipeline.records.document import Block, Document, Section
from nlp_pipeline.records.sample import Sample, Universe
from nlp_pipeline.reporting.audit_cards import actions_section, again_section, cards
from nlp_pipeline.reporting.audit_findings import findings_sections
from nlp_pipeline.reporting.audit_results import results_sections
from nlp_pipeline.reporting.audit_sheets import money, share
from nlp_pipeline.reporting.audit_words import Names, clocks, count, words

BANNER = "Privileged and confidential. Prepared at the direction of counsel."
GENERATOR = (
    "Each unit of the frame has a number in the order of the ids; its ticket is the SHA-256 of the seed, a comma and the number. "
    "The smallest tickets of each stratum are the sample, the next ones the spares."
)


def document_of(papers: AuditPapers, names: Names) -> Document:
    """Write the report."""
    about = papers.about
    return Document(
        title=about.title or "Retrospective audit of therapy claims",
        subtitle=about.organisation,
        banner=BANNER if about.counsel else "",
        facts=tuple(_facts(papers)),
        sections=(
            _summary(papers),
            _scope(papers),
            *_sampling(papers),
            *findings_sections(papers, names),
            *results_sections(papers, names),
            *cards(papers, names),
            actions_section(papers),
            again_section(papers),
            _clocks(),
            _made_with(papers),
            _notices(),
            _sign_off(),
        ),
        foot="Names and ids are shown as numbers; the key lies with the audit." if names.masked else "Names and ids are shown as they are.",
    )


def _facts(papers: AuditPapers) -> Iterator[tuple[str, str]]:
    days = [each.date_of_service for each in papers.visits if each.date_of_service]
    if not days and papers.universe and papers.universe.frame.first_day and papers.universe.frame.last_day:
        days = [papers.universe.frame.first_day, papers.universe.frame.last_day]
    if days:
        yield "Period", f"{min(days)} to {max(days)}"
    for label, value in (("Purpose", papers.about.purpose), ("Auditor", papers.about.auditor)):
        if value:
            yield label, value
    if papers.about.prepared:
        yield "Prepared", papers.about.prepared.isoformat()
    if papers.sample:
        yield "Seed", papers.sample.design.seed


def _summary(papers: AuditPapers) -> Section:
    told = []
    if papers.visits:
        outcomes = papers.run.outcomes
        told.append(
            f"{count(len(papers.visits))} visits were compared with what was billed for them: "
            + ", ".join(f"{count(number)} {words()['outcomes'].get(name, name)}" for name, number in outcomes.items() if number)
            + "."
        )
        differences = [each.difference for each in papers.visits if each.difference is not None]
        over, under = (sum((each for each in differences if (each > 0) is above), Decimal("0.00")) for above in (True, False))
        told.append(f"The engine finds {money(over)} billed beyond the notes, and {money(-under)} documented beyond the bills.")
    found = papers.estimate
    if found:
        net = found.net
        told.append(
            f"People reviewed {count(net.sample)} of {count(net.frame)} claims, drawn by lot, and found {found.error_rate.errors} in error "
            f"({share(found.error_rate.rate)}; 90 % limits {share(found.error_rate.lower)} to {share(found.error_rate.upper)})."
        )
        told.append(
            f"Net overpayment of the frame: {money(net.point)}; two-sided 90 % limits {money(net.two_sided.lower)} to {money(net.two_sided.upper)}; "
            f"one-sided 90 % lower limit {money(net.one_sided_lower)}."
        )
        told.append(found.extrapolation.sentence)
    elif papers.sample:
        told.append(f"A sample of {count(sum(each.drawn for each in papers.sample.strata))} claims is drawn and not yet reviewed; there is no estimate.")
    else:
        told.append("No sample was drawn; what follows is what the engine finds, and no estimate of what is owed.")
    return Section("In short", (Block("list", items=tuple(told)),))


def _scope(papers: AuditPapers) -> Section:
    blocks = [Block("words", papers.about.scope)] if papers.about.scope else []
    run = papers.run
    rows = [(f"{name} taken in", count(number)) for name, number in run.taken_in.items()]
    rows += [("visits compared", count(run.visits))] if run.visits else []
    rows += [(name, count(number)) for name, number in run.unmatched.items()]
    rows += [(f"rejected, {name}", count(number)) for name, number in run.rejected.items()]
    if rows:
        blocks.append(Block("table", "What went in and what came out", columns=("", "count"), align="lr", rows=tuple(rows)))
    else:
        blocks.append(Block("words", "The claims came from a table; no notes were compared."))
    return Section("Scope", tuple(blocks))


def _sampling(papers: AuditPapers) -> Iterator[Section]:
    if papers.universe is None or papers.sample is None:
        return
    yield _universe(papers.universe)
    yield _sample(papers.sample)


def _universe(universe: Universe) -> Section:
    given, frame = universe.handed_over, universe.frame
    rows = (
        ("claims of a visit", count(given.units), count(frame.units)),
        ("amount", money(given.paid), money(frame.paid)),
        ("first day", str(given.first_day or "not known"), str(frame.first_day or "not known")),
        ("last day", str(given.last_day or "not known"), str(frame.last_day or "not known")),
        ("patients", count(given.patients), count(frame.patients)),
        ("therapists", count(given.therapists), count(frame.therapists)),
    )
    reasons: dict[str, int] = {}
    for each in universe.left_out:
        reasons[each.why] = reasons.get(each.why, 0) + 1
    told = [f"Left out of the frame, {number}: {why}." for why, number in sorted(reasons.items())] or ["Nothing was left out of the frame."]
    told.append(f"{len(universe.alike) or 'No'} sets of claims look like one claim sent twice.")
    gaps = ", ".join(f"{each.first}" if each.first == each.last else f"{each.first} to {each.last}" for each in universe.gaps[:6])
    told.append(
        f"Working days without a claim: {gaps}{', …' if len(universe.gaps) > 6 else ''}." if gaps else "There is a claim on every working day of the period."
    )
    told.append(f"SHA-256 of the frame: {frame.digest}")
    table = Block("table", "Control totals", columns=("", "handed over", "frame"), align="lrr", rows=rows)
    return Section("Universe and frame", (table, Block("list", items=tuple(told))))


def _sample(sample: Sample) -> Section:
    design = sample.design
    rows = tuple((each.name, count(each.units), money(each.paid), count(each.drawn)) for each in sample.strata)
    first = (
        "Reviewers went first blind: they saw nothing of what the engine says."
        if design.review == "blind"
        else "Reviewers were assisted: they saw what the engine says."
    )
    told = [f"Seed: {design.seed}. {GENERATOR}", *design.why, first]
    if design.second_review:
        told.append(f"{design.second_review} units, drawn by lot, went to a second reviewer.")
    if sample.engine_digest:
        told.append(f"The engine's results were fixed before the review; SHA-256 {sample.engine_digest}")
    table = Block("table", "Strata", columns=("stratum", "units", "amount", "drawn"), align="lrrr", rows=rows)
    return Section("Sample and method", (table, Block("list", items=tuple(told))))


def _clocks() -> Section:
    told = tuple(f"{each.title} (since {each.since}). {each.text} [{each.source}; {each.mark}]" for each in clocks())
    return Section("Terms to put before counsel", (Block("notice", "Not legal advice."), Block("list", items=told)))


def _made_with(papers: AuditPapers) -> Section:
    run = papers.run
    told = [f"unitwise {run.unitwise}"] if run.unitwise else []
    told += [f"model {run.model}"] if run.model else []
    told += [f"rules as of each date of service; dated {', '.join(run.rules)}"] if run.rules else []
    blocks = [Block("list", items=tuple(told))] if told else [Block("words", "No engine was run; the claims came from a table.")]
    if run.inputs:
        rows = tuple((each.role, each.name, each.sha256) for each in run.inputs)
        blocks.append(Block("table", "Inputs", columns=("role", "file", "SHA-256"), align="lll", rows=rows))
    return Section("Rules, model and inputs", tuple(blocks))


def _notices() -> Section:
    return Section("Notices", tuple(Block("notice", f"{each['title']}. {each['text']}") for each in words()["notices"]))


def _sign_off() -> Section:
    rows = tuple((role, "", "") for role in ("Auditor", "Second reviewer", "Compliance", "Counsel"))
    return Section("Signed off", (Block("table", "", columns=("", "name", "day"), align="lll", rows=rows),))
