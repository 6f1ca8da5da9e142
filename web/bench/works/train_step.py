"""Training a small convolutional network: tfpy's side of train_step.js."""

import tfpy


async def prepare(data):
    """Load the network; the step trains it on the batch, as one plan, and returns the loss."""
    files = {name: bytes(content) for name, content in data["files"].items()}
    network = await tfpy.load_layers_model(files)
    weights, rate = network.trainable_weights, data["rate"]
    images = tfpy.tensor(data["images"], shape=data["shape"])
    wanted = tfpy.one_hot(data["labels"], data["classes"])

    @tfpy.function
    def step(images, wanted):
        with tfpy.GradientTape() as tape:
            scores = network(images, training=True)
            loss = -(wanted * tfpy.log_softmax(scores)).sum(axis=1).mean()
        for weight, gradient in zip(weights, tape.gradient(loss, weights), strict=True):
            weight.assign_sub(rate * gradient)
        return loss

    return lambda: step(images, wanted)
