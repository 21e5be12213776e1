"""Fitting the encoder; only where the extra `encoder` is installed."""

import numpy as np
import pytest

from nlp_pipeline.reading.batch import token_batch
from nlp_pipeline.reading.encoder import Encoder
from nlp_pipeline.reading.network import SPANS
from nlp_pipeline.reading.words import WordTypes, WordVectors
from training.corpus import read_notes, read_phrases
from training.encoder_recipe import EncoderRecipe
from training.lessons import Classroom

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install unitwise[encoder]")

CODES = ["97110", "97112", "97530", "other"]


def test_a_pack_says_of_each_word_what_was_fitted():
    from training.encoder_fit import fit_encoder, pile, sheets
    from training.encoder_net import exported

    lessons = Classroom(read_phrases()).lessons([note for note in read_notes() if note.author == "geri"][:24])
    net, names = fit_encoder(lessons, CODES, EncoderRecipe(epochs=2, layers=2))
    served = Encoder(exported(net, names))
    types = WordTypes(served.rows)
    batch = token_batch([each.doc for each in lessons], types, [each.gazetteer for each in lessons])
    vocabulary = WordVectors({name: k for k, name in enumerate(names)}, np.zeros((0, 0), np.float32))
    part = pile(sheets(lessons, vocabulary, CODES), (vocabulary.pieces["[CLS]"], vocabulary.pieces["[SEP]"]))
    with torch.no_grad():
        scores, _ = net.head(net.words(part.found, part.hidden, part.begins), part.known)
    fitted = torch.softmax(scores[:, SPANS], 1).numpy()
    assert np.abs(fitted - np.exp(served.run(batch, types.rows)[batch.real][:, SPANS])).mean() < 0.02
