"""What is chosen about fitting the careful reader's encoder; it stands alone, so that a recipe is read without PyTorch."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EncoderRecipe:
    """What is chosen, not learned."""

    layers: int = 4
    pieces: int = 20_000  # the commonest are kept; rarer ones are spelled with shorter ones
    width: int = 192
    epochs: int = 2  # over the notes and their varied copies
    copies: int = 1
    swap: float = 0.3
    notes_a_step: int = 16
    rate: float = 3e-4
    head_rate: float = 2e-3
    fading: float = 0.85  # the rate of each layer as a share of that of the layer above
    decay: float = 0.01
    hidden: float = 0.1
    head_hidden: float = 0.2
    warm_up: float = 0.1
    state_weight: float = 0.3
    evidence_weight: float = 0.5
    code_weight: float = 0.3
    seed: int = 1
