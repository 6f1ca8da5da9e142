"""The pictures that train.py learns from: scanned digits, and some drawn here.

scikit-learn's digits are 8 x 8 scans of 43 people's handwriting. Enlarged smoothly and cut at a
random level they give strokes of any width, and turning, shearing and stretching gives the rest.
Forms those people did not use (a bare bar for 1, an open 4, a 7 without a crossbar) are drawn here
with a shaky pen.
"""

import numpy as np
from digits import placement
from scipy import ndimage
from scipy.interpolate import CubicSpline

HELD_OUT = 360  # of the 1797 scans, to measure with
CANVAS = 48  # pixels of a picture before it is brought into MNIST's form

# How each digit may be written: strokes of points (x, y) from (0, 0) top left to (1, 1) bottom
# right. A stroke is bent through its points, or goes straight from point to point where it is
# marked so.
STRAIGHT = "straight"
WAYS_TO_WRITE = {
    0: [[[(0.5, 0), (0.1, 0.3), (0.1, 0.7), (0.5, 1), (0.9, 0.7), (0.9, 0.3), (0.5, 0)]]],
    1: [
        [[STRAIGHT, (0.5, 0), (0.5, 1)]],
        [[STRAIGHT, (0.5, 0), (0.5, 1)]],
        [[STRAIGHT, (0.25, 0.3), (0.5, 0), (0.5, 1)]],
        [[STRAIGHT, (0.3, 0.2), (0.5, 0), (0.5, 1)], [STRAIGHT, (0.2, 1), (0.8, 1)]],
    ],
    2: [
        [[(0.1, 0.25), (0.45, 0), (0.85, 0.25), (0.55, 0.6), (0.1, 1)], [(0.1, 1), (0.9, 1)]],
        [[(0.1, 0.2), (0.5, 0), (0.85, 0.3), (0.3, 0.9), (0.2, 0.8), (0.9, 1)]],
    ],
    3: [
        [[(0.15, 0.1), (0.5, 0), (0.8, 0.22), (0.4, 0.46)], [(0.4, 0.46), (0.85, 0.7), (0.5, 1), (0.1, 0.9)]],
        [[STRAIGHT, (0.1, 0), (0.85, 0), (0.45, 0.4)], [(0.45, 0.4), (0.85, 0.65), (0.5, 1), (0.1, 0.9)]],
    ],
    4: [
        [[STRAIGHT, (0.6, 0), (0.1, 0.65), (0.9, 0.65)], [STRAIGHT, (0.65, 0.3), (0.65, 1)]],
        [[STRAIGHT, (0.15, 0), (0.12, 0.5), (0.9, 0.5)], [STRAIGHT, (0.75, 0), (0.75, 1)]],
        [[STRAIGHT, (0.65, 1), (0.65, 0), (0.1, 0.65), (0.9, 0.65)]],
    ],
    5: [
        [[STRAIGHT, (0.85, 0), (0.25, 0), (0.2, 0.45)], [(0.2, 0.45), (0.6, 0.37), (0.88, 0.68), (0.55, 1), (0.1, 0.9)]],
    ],
    6: [[[(0.75, 0.03), (0.3, 0.35), (0.15, 0.75), (0.5, 1), (0.85, 0.75), (0.5, 0.52), (0.2, 0.72)]]],
    7: [
        [[STRAIGHT, (0.1, 0), (0.9, 0), (0.4, 1)]],
        [[STRAIGHT, (0.1, 0.2), (0.12, 0), (0.9, 0), (0.45, 1)]],
        [[STRAIGHT, (0.1, 0), (0.9, 0), (0.4, 1)], [STRAIGHT, (0.35, 0.5), (0.85, 0.5)]],
    ],
    8: [
        [[(0.8, 0.15), (0.5, 0), (0.2, 0.2), (0.5, 0.47), (0.85, 0.75), (0.5, 1), (0.15, 0.77), (0.5, 0.47), (0.8, 0.2), (0.7, 0.05)]],
        [
            [(0.5, 0), (0.2, 0.24), (0.5, 0.48), (0.8, 0.24), (0.5, 0)],
            [(0.5, 0.48), (0.13, 0.75), (0.5, 1), (0.87, 0.75), (0.5, 0.48)],
        ],
    ],
    9: [
        [[(0.85, 0.25), (0.5, 0.5), (0.15, 0.27), (0.5, 0), (0.85, 0.25)], [STRAIGHT, (0.85, 0.15), (0.8, 1)]],
        [[(0.83, 0.25), (0.5, 0.5), (0.15, 0.27), (0.5, 0), (0.83, 0.25), (0.8, 0.7), (0.5, 1), (0.2, 0.92)]],
    ],
}  # fmt: skip


def split_scans(rng):
    """scikit-learn's digits in two parts: (images, labels) to learn from, and to measure with."""
    from sklearn.datasets import load_digits

    scans = load_digits()
    order = rng.permutation(len(scans.target))
    images, labels = scans.images[order] / 16, scans.target[order]
    return (images[HELD_OUT:], labels[HELD_OUT:]), (images[:HELD_OUT], labels[:HELD_OUT])


def training_pictures(images, labels, number, rng):
    """Make pictures to learn from, every third one drawn; none is like another."""
    pictures, answers = [], []
    for n in range(number):
        if n % 3:
            choice = rng.integers(len(labels))
            picture, answer = enlarge(images[choice], level=rng.uniform(0.3, 0.65)), labels[choice]
        else:
            answer = rng.integers(10)
            picture = draw(WAYS_TO_WRITE[int(answer)], rng)
        pictures.append(normalize(distort(picture, rng)))
        answers.append(answer)
    return as_batch(pictures), np.array(answers)


def plain_pictures(images):
    """The scans as they are, in MNIST's form: what accuracy is measured on."""
    return as_batch([normalize(enlarge(image, level=0.45)) for image in images])


def as_batch(pictures):
    """Pictures as the network takes them: (number, 28, 28, 1)."""
    return np.stack(pictures).astype("float32")[..., None]


def normalize(picture):
    """The page's own way to bring a drawing into MNIST's form."""
    down, across = placement(picture.sum(axis=1), picture.sum(axis=0))
    return np.array(down) @ picture @ np.array(across).T


def enlarge(scan, level):
    """An 8 x 8 scan, smooth and large; a lower ``level`` of ink gives wider strokes."""
    large = ndimage.zoom(np.pad(scan, 2), CANVAS / 12, order=3)
    return np.clip((large - level) / 0.25 + 0.5, 0, 1)


def draw(ways, rng):
    """Write one digit with a round pen and a shaky hand."""
    strokes = ways[rng.integers(len(ways))]
    width = rng.uniform(1.2, 3.6)
    y, x = np.mgrid[:CANVAS, :CANVAS]
    distance = np.full((CANVAS, CANVAS), np.inf)
    for stroke in strokes:
        path = follow(stroke, rng) * 32 + 8
        nearest = np.hypot(x[..., None] - path[:, 0], y[..., None] - path[:, 1]).min(axis=2)
        distance = np.minimum(distance, nearest)
    return np.clip(width - distance + 0.5, 0, 1)


def follow(stroke, rng, steps=48):
    """Points along a stroke, close to each other."""
    straight = stroke[0] == STRAIGHT
    points = np.array(stroke[1:] if straight else stroke, float)
    points += rng.normal(0, 0.035, points.shape)
    t = np.linspace(0, len(points) - 1, steps)
    if straight:
        return np.stack([np.interp(t, np.arange(len(points)), axis) for axis in points.T], axis=1)
    return CubicSpline(np.arange(len(points)), points)(t)


def distort(picture, rng):
    """The same digit in another hand: turned, sheared, narrow or wide."""
    angle, shear = rng.uniform(-0.22, 0.22), rng.uniform(-0.25, 0.25)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ [[1, 0], [shear, 1]] @ np.diag([1, rng.uniform(0.6, 1.2)])
    centre = np.array(picture.shape) / 2 - 0.5
    return ndimage.affine_transform(picture, matrix, centre - matrix @ centre, order=1)
