"""Plans in real browsers: random computations, a train step, replay from JavaScript and Python."""

from tests import random_graphs

FUZZ = """
import tfpy
from tests import random_graphs
tfpy.set_backend("webgl")
random_graphs.fuzz(tfpy, seeds)
"""

TRAIN = """
import gc, tfpy
tfpy.set_backend("webgl")
x = tfpy.tensor([[i * j % 7 / 7 for j in range(12)] for i in range(32)])
target = tfpy.tensor([[i % 3 / 2.0] for i in range(32)])

def step(w, b):
    with tfpy.GradientTape() as tape:
        loss = tfpy.mean(tfpy.square(tfpy.tanh(x @ w) @ b - target))
    for v, g in zip((w, b), tape.gradient(loss, [w, b])):
        v.assign_sub(0.1 * g)
    return loss

def train(step):
    variables = tfpy.Variable(tfpy.ones((12, 8)) * 0.1), tfpy.Variable(tfpy.ones((8, 1)) * 0.1)
    return [step(*variables).tolist() for _ in range(20)]

planned = tfpy.function(step)
losses = train(planned), train(step)
cost = planned.plans[0].describe()
del planned
gc.collect()
{"losses": losses, "cost": cost}
"""

REPLAY = """
import tfpy
from kernels_webgl.replay import Replay
tfpy.set_backend("webgl")
gl = tfpy.backend().device.gl
x = tfpy.tensor([i / 2000 for i in range(2000)])
kinds, values = [], []
for replayer in (gl.replayer, None):
    gl.replayer = replayer
    f = tfpy.function(lambda x: tfpy.softmax(tfpy.exp(x) * 2.0))
    values.append(f(x).tolist())
    values.append(f(x).tolist())
    kinds.append(isinstance(f.plans[0].plan._bound.replay, Replay))
{"kinds": kinds, "equal": all(v == values[0] for v in values)}
"""


def test_random_computations(python_page):
    first = 0 if python_page.where == "main" else 100
    found = python_page.run(
        FUZZ, modules=[random_graphs], seeds=list(range(first, first + 25)), timeout=300
    )
    assert not found, "\n".join(found)


def test_a_train_step(python_page):
    found = python_page.run(TRAIN)
    planned, eager = found["losses"]
    assert planned[-1] < planned[0] * 0.95
    assert all(abs(a - b) < 1e-5 for a, b in zip(planned, eager, strict=True))
    assert found["cost"]["updates"] == 2


def test_both_ways_to_replay(python_page):
    found = python_page.run(REPLAY)
    assert found == {"kinds": [False, True], "equal": True}
