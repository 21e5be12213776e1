"""Every error that unitwise raises on purpose; each names the thing, the fact and the way out.

NlpPipelineError
├── RuleNotInForce        a rule has no value on the day asked for
├── RuleFileRefused       a file of rules or findings breaks its own form
├── ModelPackRefused      a model pack breaks a promise of its card
├── ModelPackMissing      no model pack where one was looked for
├── CorpusError           a marked-up training note is malformed
├── EncounterRefused      a field of an encounter is not what it must be
├── UnreadableInput       an input cannot be read at all
├── ResultsInTheWay       a folder cannot take the results of this run
├── EngineRefused         Spark is not there, cannot take an input, or gave up
├── PolicyRefused         a house policy breaks its form, or does not do what it promises
├── LearningRefused       local decisions cannot be learned from, or a local pack cannot be taken into use
├── OperationRefused      a correction made on the screen is not one that a visit can take
├── ServeRefused          the coder tool cannot start, or a request to it cannot be taken
├── DecisionConflict      someone else decided about a visit in the meantime
└── AuditRefused          a step of an audit lacks what it needs, or was given what does not fit
"""

from datetime import date, datetime
from pathlib import Path


class NlpPipelineError(Exception):
    """The root: an app may catch it and print its message as it stands."""


class RuleNotInForce(NlpPipelineError):
    """A rule was asked for on a day that its history does not cover."""

    def __init__(self, rule: str, day: date, first: date) -> None:
        self.rule, self.day, self.first = rule, day, first
        super().__init__(
            f"Rule {rule!r} has no value on {day}: its history starts on {first}. "
            f"Add the earlier value, with its source, to the rulebook, "
            f"or leave visits before {first} out of this run."
        )


class RuleFileRefused(NlpPipelineError):
    """A file of rules or findings breaks its own form: an unknown key, a value without a source, days out of order."""

    def __init__(self, path: Path, what: str) -> None:
        self.path, self.what = path, what
        super().__init__(f"{path}: {what}. Correct the file; its form is told in docs/rules.md.")


class ModelPackRefused(NlpPipelineError):
    """A model pack does not keep what its card promises."""

    def __init__(self, pack: str, promise: str, expected: str, actual: str) -> None:
        self.pack, self.promise, self.expected, self.actual = pack, promise, expected, actual
        super().__init__(
            f"Model pack {pack!r} is refused: its card promises {promise} {expected}, found {actual}. "
            f"Take the pack again from its source, or make it anew with `unitwise train`."
        )


class ModelPackMissing(NlpPipelineError):
    """No model pack lies where one was looked for."""

    def __init__(self, place: Path) -> None:
        self.place = place
        super().__init__(f"No model pack at {place}. Give one with --model or UNITWISE_MODEL, or make one with `unitwise train`.")


class CorpusError(NlpPipelineError):
    """A marked-up training note is malformed."""

    def __init__(self, path: Path, line: int, what: str) -> None:
        self.path, self.line, self.what = path, line, what
        super().__init__(f"{path}, line {line}: {what}.")


class EncounterRefused(NlpPipelineError):
    """A field of an encounter is not what it must be."""

    def __init__(self, field: str, what: str) -> None:
        self.field, self.what = field, what
        super().__init__(f"{field} {what}. The fields of an encounter are told in docs/formats.md.")


class UnreadableInput(NlpPipelineError):
    """An input that was named cannot be read at all."""

    def __init__(self, source: str, why: str, remedy: str) -> None:
        self.source, self.why, self.remedy = source, why, remedy
        super().__init__(f"{source}: {why}. {remedy}")


class ResultsInTheWay(NlpPipelineError):
    """A folder cannot take the results of this run."""

    def __init__(self, folder: str, why: str, remedy: str) -> None:
        self.folder, self.why, self.remedy = folder, why, remedy
        super().__init__(f"{folder}: {why}. {remedy}")


class EngineRefused(NlpPipelineError):
    """A review cannot run on Spark: it is not there, it cannot take an input, or it gave up."""

    def __init__(self, what: str, remedy: str) -> None:
        self.what, self.remedy = what, remedy
        super().__init__(f"{what}. {remedy}.")


class PolicyRefused(NlpPipelineError):
    """A house policy breaks its own form, or does not do what it promises."""

    def __init__(self, policy: str, what: str) -> None:
        self.policy, self.what = policy, what
        super().__init__(f"House policy {policy!r} is refused: {what}. The form is told in docs/house_policy.md.")


class LearningRefused(NlpPipelineError):
    """Local decisions cannot be learned from, or a local model pack cannot be taken into use."""

    def __init__(self, what: str, remedy: str) -> None:
        self.what, self.remedy = what, remedy
        super().__init__(f"{what}. {remedy}")


class OperationRefused(NlpPipelineError):
    """A correction made on the screen is not one that a visit can take."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"The visit is left as it was: {what}. Load it again and correct it anew.")


class AuditRefused(NlpPipelineError):
    """A step of an audit lacks what it needs, or was given what does not fit."""

    def __init__(self, thing: str, why: str, remedy: str) -> None:
        self.thing, self.why, self.remedy = thing, why, remedy
        super().__init__(f"{thing}: {why}. {remedy}")


class ServeRefused(NlpPipelineError):
    """The coder tool cannot start so, or cannot take what it was asked."""

    def __init__(self, what: str, remedy: str) -> None:
        self.what, self.remedy = what, remedy
        super().__init__(f"{what[0].upper()}{what[1:]}. {remedy}")


class DecisionConflict(NlpPipelineError):
    """Someone else decided about a visit since it was opened; nothing was written."""

    def __init__(self, visit: str, who: str, when: datetime) -> None:
        self.visit, self.who, self.when = visit, who, when
        super().__init__(f"Visit {visit} was decided by {who} at {when:%H:%M:%S %Z} in the meantime. Open it again to see what was decided.")
