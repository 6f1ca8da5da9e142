"""tfpy's side of e2e/frames.py, in the page."""

import gc

import tfpy
from tfpy.applications import FaceMesh

network = None


async def load(progress=None):
    """Load face mesh."""
    global network
    network = await FaceMesh.load(
        "/models/facemesh/model.json", detector_url="/models/blazeface/model.json"
    )


async def look(frame):
    """The places of the points of the first face on a frame."""
    found = await network.estimate(frame)
    return [[p.x, p.y] for p in found[0].keypoints] if found else []


def memory():
    """What is in use after all that is gone has been let go."""
    gc.collect()
    kinds = ("num_tensors", "num_textures", "num_bytes_in_gpu")
    return {kind: tfpy.memory()[kind] for kind in kinds}
