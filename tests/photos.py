"""The test images that lie beside the real models."""

import numpy as np
from PIL import Image


def pixels(models_dir, name):
    """A picture as bytes (height, width, 3)."""
    return np.asarray(Image.open(models_dir / "images" / name).convert("RGB"))


def crops(models_dir, photo, count, seed):
    """Squares of different sizes cut out of a photo: further examples of what is on it."""
    rng = np.random.default_rng(seed)
    with Image.open(models_dir / "images" / photo) as image:
        image = image.convert("RGB")
        for _ in range(count):
            side = int(min(image.size) * rng.uniform(0.6, 1))
            x, y = (int(rng.integers(0, n - side + 1)) for n in image.size)
            yield image.crop((x, y, x + side, y + side)).resize((224, 224))
