"""MobileNetV2: tfpy's side of mobilenet_v2.js."""

import tfpy


async def prepare(data):
    """Load the model; the step computes the probabilities from the image's values."""
    files = {name: bytes(content) for name, content in data["files"].items()}
    model = await tfpy.load_graph_model(files)
    image, shape = data["image"], data["shape"]
    return lambda: model.execute(tfpy.tensor(image, shape=shape))
