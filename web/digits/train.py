"""Trains the digit recognizer of this page and saves it: ``python web/digits/train.py``.

Needs tfpy's development packages (scikit-learn and SciPy bring the pictures and distort them). A
fixed seed makes the result reproducible. It runs on NumPy in about three minutes, and the model is
saved in TensorFlow.js's layers format, which the page and TensorFlow.js load.
"""

import json
from pathlib import Path

import numpy as np
from examples import plain_pictures, split_scans, training_pictures

import tfpy
from tfpy import layers, models

SEED = 7
ROUNDS = 24  # each with pictures of its own
PICTURES_PER_ROUND = 2400
BATCH = 48
MODEL = Path(__file__).resolve().parents[1] / "models" / "digits"


def main():
    """Train, measure on scans never trained on, save."""
    rng = np.random.default_rng(SEED)
    tfpy.set_seed(SEED)
    known, held_out = split_scans(rng)
    network = build()
    optimizer = Adam(network.trainable_weights)
    for i in range(ROUNDS):
        optimizer.rate = 0.003 * (1 - i / ROUNDS)
        pictures, answers = training_pictures(*known, PICTURES_PER_ROUND, rng)
        loss = train(network, optimizer, pictures, answers)
        print(f"round {i + 1:2}: loss {loss:.3f}, held out {accuracy(network, *held_out):.2%}")

    measured = round(accuracy(network, *held_out), 4)
    print(f"{len(held_out[1])} scans never trained on: {measured:.2%} right")
    save(network, measured, len(held_out[1]))


def build():
    """The network: two convolutions find shapes, one dense layer names the digit."""
    return models.Sequential(
        [
            layers.Conv2D(8, 3, activation="relu", input_shape=(28, 28, 1), name="edges"),
            layers.MaxPooling2D(name="half"),
            layers.Conv2D(16, 3, activation="relu", name="shapes"),
            layers.MaxPooling2D(name="quarter"),
            layers.Flatten(name="flat"),
            layers.Dense(10, activation="softmax", name="digit"),
        ],
        name="digits",
    )


def train(network, optimizer, pictures, answers):
    """Show every picture once, in batches; returns the mean loss."""
    losses = []
    for start in range(0, len(answers), BATCH):
        x = tfpy.tensor(pictures[start : start + BATCH])
        wanted = tfpy.one_hot(answers[start : start + BATCH].tolist(), 10)
        with tfpy.GradientTape() as tape:
            probabilities = network(x)
            loss = -(wanted * (probabilities + 1e-7).log()).sum(axis=1).mean()
        optimizer.step(tape.gradient(loss, network.trainable_weights))
        losses.append(loss.item())
    return sum(losses) / len(losses)


class Adam:
    """Kingma and Ba's optimizer: steps scaled by running means of the gradient and its square."""

    def __init__(self, variables, rate=0.001, beta1=0.9, beta2=0.999):
        self.variables, self.rate, self.beta1, self.beta2 = variables, rate, beta1, beta2
        self.means = [tfpy.zeros_like(v) for v in variables]
        self.squares = [tfpy.zeros_like(v) for v in variables]
        self.steps = 0

    def step(self, gradients):
        """Change the variables a little, against their gradients."""
        self.steps += 1
        # The running means start at zero; this makes up for it.
        rate = self.rate * (1 - self.beta2**self.steps) ** 0.5 / (1 - self.beta1**self.steps)
        for i, (variable, gradient) in enumerate(zip(self.variables, gradients, strict=True)):
            self.means[i] = self.beta1 * self.means[i] + (1 - self.beta1) * gradient
            self.squares[i] = self.beta2 * self.squares[i] + (1 - self.beta2) * gradient**2
            variable.assign_sub(rate * self.means[i] / (self.squares[i].sqrt() + 1e-7))


def accuracy(network, images, labels):
    """The share of scans whose likeliest digit is the right one."""
    answers = network(tfpy.tensor(plain_pictures(images))).argmax(axis=1)
    return float((answers.numpy() == labels).mean())


def save(network, measured, held_out):
    """Write model.json and its weights, with a note of how good they are."""
    # A save never overwrites the weights in use; here the new ones should have the same name.
    for old in MODEL.glob("model.*"):
        old.unlink()
    network.save(MODEL)
    file = MODEL / "model.json"
    content = json.loads(file.read_text())
    content["userDefinedMetadata"] = {
        "labels": [str(digit) for digit in range(10)],
        "trained_by": "web/digits/train.py",
        "trained_on": "scikit-learn's digits (UCI optdigits), and digits drawn by the script",
        "held_out_scans": held_out,
        "held_out_accuracy": measured,
    }
    file.write_text(json.dumps(content, indent=1) + "\n")
    print(f"saved {MODEL}")


if __name__ == "__main__":
    main()
