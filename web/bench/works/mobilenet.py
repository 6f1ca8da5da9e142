"""MobileNetV1: tfpy's side of mobilenet.js."""

import tfpy


async def prepare(data):
    """Load the model; the step predicts from the image's values."""
    files = {name: bytes(content) for name, content in data["files"].items()}
    model = await tfpy.load_layers_model(files)
    image, shape = data["image"], data["shape"]
    return lambda: model.predict(tfpy.tensor(image, shape=shape))
