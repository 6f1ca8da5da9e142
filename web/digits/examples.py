"""The pictures that train.py learns from: scanned digits, and some drawn here.

scikit-learn's digits are 8 x 8 scans of 13 people's handwriting. Enlarged smoothly and cut at a
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

# How each digit may be written: strokes of points x,y in percent, from 0,0 top left to 100,100
# bottom right. A stroke is bent through its points, or after "|" goes straight from each to the
# next.
WAYS_TO_WRITE = {
    0: ["50,0 10,30 10,70 50,100 90,70 90,30 50,0"],
    1: [
        "| 50,0 50,100",
        "| 50,0 50,100",
        "| 25,30 50,0 50,100",
        "| 30,20 50,0 50,100 / | 20,100 80,100",
    ],
    2: [
        "10,25 45,0 85,25 55,60 10,100 / 10,100 90,100",
        "10,20 50,0 85,30 30,90 20,80 90,100",
    ],
    3: [
        "15,10 50,0 80,22 40,46 / 40,46 85,70 50,100 10,90",
        "| 10,0 85,0 45,40 / 45,40 85,65 50,100 10,90",
    ],
    4: [
        "| 60,0 10,65 90,65 / | 65,30 65,100",
        "| 15,0 12,50 90,50 / | 75,0 75,100",
        "| 65,100 65,0 10,65 90,65",
    ],
    5: ["| 85,0 25,0 20,45 / 20,45 60,37 88,68 55,100 10,90"],
    6: ["75,3 30,35 15,75 50,100 85,75 50,52 20,72"],
    7: [
        "| 10,0 90,0 40,100",
        "| 10,20 12,0 90,0 45,100",
        "| 10,0 90,0 40,100 / | 35,50 85,50",
    ],
    8: [
        "80,15 50,0 20,20 50,47 85,75 50,100 15,77 50,47 80,20 70,5",
        "50,0 20,24 50,48 80,24 50,0 / 50,48 13,75 50,100 87,75 50,48",
    ],
    9: [
        "85,25 50,50 15,27 50,0 85,25 / | 85,15 80,100",
        "83,25 50,50 15,27 50,0 83,25 80,70 50,100 20,92",
    ],
}


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
    strokes = ways[rng.integers(len(ways))].split(" / ")
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
    points = np.array([p.split(",") for p in stroke.strip("| ").split()], float) / 100
    points += rng.normal(0, 0.035, points.shape)
    t, knots = np.linspace(0, len(points) - 1, steps), np.arange(len(points))
    if stroke.startswith("|"):
        return np.stack([np.interp(t, knots, axis) for axis in points.T], axis=1)
    return CubicSpline(knots, points)(t)


def distort(picture, rng):
    """The same digit in another hand: turned, sheared, narrow or wide."""
    angle, shear = rng.uniform(-0.22, 0.22), rng.uniform(-0.25, 0.25)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ [[1, 0], [shear, 1]] @ np.diag([1, rng.uniform(0.6, 1.2)])
    centre = np.array(picture.shape) / 2 - 0.5
    return ndimage.affine_transform(picture, matrix, centre - matrix @ centre, order=1)
