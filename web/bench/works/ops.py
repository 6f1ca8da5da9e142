"""Works of one operation, or a few: tfpy's side of ops.js."""

import tfpy


def prepare(data):
    """The step that evaluates the row's expression on its inputs."""
    inputs = {
        name: tfpy.tensor(value["values"], shape=value["shape"])
        for name, value in data["inputs"].items()
    }
    return eval(f"lambda: {data['expression']}", {"tfpy": tfpy, "chain": chain, **inputs})


def chain(operation, x, b, length):
    """Apply ``operation`` to its own result again and again."""
    for _ in range(length):
        x = operation(x, b)
    return x
