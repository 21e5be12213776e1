"""Turn corpus and phrase lists into what fitting needs: tokenized notes, gazetteers, vocabulary, word vectors."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from spacy.language import Language

from nlp_pipeline.reading.gazetteer import CLASSES, Gazetteer
from nlp_pipeline.reading.network import Vocabulary
from nlp_pipeline.reading.words import WordVectors, blank_english, normal
from training.corpus import MarkedNote, Phrase
from training.tagger import Lesson

VECTORS = Path(__file__).parent / "vectors" / "pieces.npz"
_CLASS_OF = {"97110": 0, "97112": 1, "97530": 2, "97535": 3, "97140": 4, "97116": 5, "none": CLASSES - 1}
_ANOTHER = CLASSES - 2


class Pieces:
    """The word-piece vectors as they lie in the repository: names, whole numbers of one byte, and the scale of one."""

    def __init__(self, path: Path = VECTORS) -> None:
        with np.load(path) as stored:
            self.names: list[str] = str(stored["pieces"]).split("\n")
            self.vectors: NDArray[np.int8] = stored["vectors"]
            self.scale = float(stored["scale"])

    def word_vectors(self) -> WordVectors:
        """Give the vectors as the reader uses them."""
        return WordVectors({name: k for k, name in enumerate(self.names)}, self.vectors.astype(np.float32) * np.float32(self.scale))


class Classroom:
    """Holds the tokenizer and the phrase lists, and prepares notes; an author's own phrases never help with the author's notes."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        self.nlp: Language = blank_english()
        docs = self.nlp.pipe(phrase.words for phrase in phrases)
        self._listed = [(" ".join(normal(token.text) for token in doc if not token.is_space), phrase) for doc, phrase in zip(docs, phrases, strict=True)]
        self._gazetteers: dict[str | None, Gazetteer] = {}

    def phrase_classes(self, without: str | None = None) -> list[tuple[str, int]]:
        """List phrases, as the gazetteer reads them, with their commonest class."""
        votes: defaultdict[str, Counter[int]] = defaultdict(Counter)
        for words, phrase in self._listed:
            if words and phrase.author != without:
                votes[words][_CLASS_OF.get(phrase.code, _ANOTHER)] += 1
        return [(words, min(count, key=lambda kind: (-count[kind], kind))) for words, count in votes.items()]

    def gazetteer(self, without: str | None = None) -> Gazetteer:
        """Give the phrases of all authors but one as a gazetteer."""
        if without not in self._gazetteers:
            self._gazetteers[without] = Gazetteer((words.split(" "), kind) for words, kind in self.phrase_classes(without))
        return self._gazetteers[without]

    def lessons(self, notes: Iterable[MarkedNote]) -> list[Lesson]:
        """Tokenize notes, each beside the gazetteer that it may use."""
        notes = list(notes)
        docs = self.nlp.pipe(note.text for note in notes)
        return [Lesson(note, doc, self.gazetteer(note.author)) for note, doc in zip(notes, docs, strict=True)]


def vocabulary(lessons: Sequence[Lesson], vectors: WordVectors, at_least: int) -> Vocabulary:
    """Give the words that stand in at least so many notes a vector of their own."""
    seen: Counter[str] = Counter()
    for lesson in lessons:
        seen.update({normal(token.text) for token in lesson.doc})
    kept = sorted(word for word, count in seen.items() if count >= at_least)
    return Vocabulary({word: number for number, word in enumerate(kept, 1)}, vectors)


def shares_by_code(phrases: Sequence[Phrase], words_of: Mapping[str, str], without: str | None = None) -> dict[str, dict[str, float]]:
    """Give each phrase, as the coder reads it, the share of each code among those who listed it."""
    votes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for phrase in phrases:
        if phrase.author != without and words_of[phrase.words]:
            votes[words_of[phrase.words]][phrase.code] += 1
    return {words: {code: count / sum(codes.values()) for code, count in sorted(codes.items())} for words, codes in votes.items()}
