"""Adam: how far each weight moves against its slope."""

import numpy as np

from training.weights import Arrays, TaggerRecipe


class Adam:
    """Adam with decoupled decay, a short warm-up and a cosine to the end."""

    def __init__(self, weights: Arrays, recipe: TaggerRecipe, steps: int) -> None:
        self.weights, self.recipe, self.steps, self.done = weights, recipe, steps, 0
        self.mean = {name: np.zeros_like(each) for name, each in weights.items()}
        self.square = {name: np.zeros_like(each) for name, each in weights.items()}

    def _rate(self) -> float:
        part = self.done / self.steps
        warm = self.recipe.warm_up
        if part < warm:
            return self.recipe.rate * (0.04 + 0.96 * part / warm)
        return float(self.recipe.rate * 0.5 * (1 + np.cos(np.pi * (part - warm) / (1 - warm))))

    def step(self, slopes: Arrays) -> None:
        """Move the weights, in place, one step against the slopes."""
        norm = float(np.sqrt(sum(float(np.vdot(each, each)) for each in slopes.values())))
        shrink = np.float32(min(1.0, self.recipe.largest_gradient / (norm + 1e-6)))
        rate = self._rate()
        self.done += 1
        for name, slope in slopes.items():
            mean, square = self.mean[name], self.square[name]
            slope = slope * shrink
            mean += np.float32(0.1) * (slope - mean)
            square += np.float32(0.001) * (slope * slope - square)
            pace = rate / (1 - 0.9**self.done)
            weight = self.weights[name]
            weight *= np.float32(1 - rate * self.recipe.decay)
            weight -= np.float32(pace) * mean / (np.sqrt(square / np.float32(1 - 0.999**self.done)) + np.float32(1e-8))
