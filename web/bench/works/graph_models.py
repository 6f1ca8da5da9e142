"""Real models: tfpy's side of graph_models.js."""

import tfpy


async def prepare(data):
    """Load the model; the step computes all outputs from the image's values."""
    model = await tfpy.load_graph_model(data["url"])
    image, shape = data["image"], data["shape"]
    return lambda: model.execute(tfpy.tensor(image, shape=shape))
