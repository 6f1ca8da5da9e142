"""Networks with the inputs and outputs of published ones, made up where weights are not at hand.

What one gives is fixed numbers, plus a little of what it sees: the image made 4 x 4, times random
weights. So steps before the network show in its results too.
"""

import asyncio

import numpy as np

from tests.graph_files import files, i32, kind, node, placeholder, yes

_SEEN = 4 * 4 * 3


def network(shape, outputs, gain=0.01, dtype="DT_FLOAT"):
    """Files of a graph model that takes an image of `shape`, as `tests.graph_files.files`.

    `outputs` has the numbers of each output by its node's name. Those of `gain` times what is seen
    are added; pixels are taken to reach 1.
    """
    nodes = [
        placeholder("image", shape, dtype),
        node("floats", "Cast", "image", SrcT=kind(dtype), DstT=kind("DT_FLOAT")),
        node("small", "ResizeBilinear", "floats", "size", align_corners=yes(False)),
        node("seen", "Reshape", "small", "flat"),
    ]
    constants = {"size": i32(4, 4), "flat": i32(1, _SEEN)}
    random = np.random.default_rng(7)
    for name, values in outputs.items():
        values = np.asarray(values, np.float32)
        constants |= {
            f"{name}/weights": random.normal(0, gain, (_SEEN, values.size)).astype(np.float32),
            f"{name}/values": values.reshape(1, -1),
            f"{name}/shape": np.array(values.shape, np.int32),
        }
        nodes += [
            node(f"{name}/part", "MatMul", "seen", f"{name}/weights", T=kind("DT_FLOAT")),
            node(f"{name}/sum", "AddV2", f"{name}/part", f"{name}/values"),
            node(name, "Reshape", f"{name}/sum", f"{name}/shape"),
        ]
    signature = {
        "inputs": {"image": {"name": "image:0", "dtype": dtype, "tensorShape": _dims(shape)}},
        "outputs": {
            name: {"name": f"{name}:0", "dtype": "DT_FLOAT", "tensorShape": _dims(np.shape(v))}
            for name, v in outputs.items()
        },
    }
    return files(nodes, constants, signature=signature)


def _dims(shape):
    return {"dim": [{"size": str(n)} for n in shape]}


def check_images_at_once(net, first, second):
    """Two frames that are waited for at once know nothing of each other, nor of a reset meanwhile.

    Returns what is found in each by itself; `second` is what a video was last asked of.
    """
    still = {"static_image_mode": True}
    alone = [net.estimate_sync(x, **still) for x in (first, second)]

    async def both():
        return await asyncio.gather(*(net.estimate(x, **still) for x in (first, second)))

    assert asyncio.run(both()) == alone

    async def reset_meanwhile():
        net.reset()
        frame = asyncio.ensure_future(net.estimate(first))
        await asyncio.sleep(0)
        net.reset()
        assert await frame == alone[0]
        return await net.estimate(second)

    assert asyncio.run(reset_meanwhile()) == alone[1]
    return alone
