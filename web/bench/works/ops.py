"""Works of one operation, or a few: tfpy's side of ops.js."""

import tfpy


def prepare(data):
    """The step that evaluates the row's expression on its inputs."""
    inputs = {
        name: tfpy.tensor(value["values"], shape=value["shape"])
        for name, value in data["inputs"].items()
    }
    return step(data["expression"], inputs, data["plan"])


def step(expression, inputs, plan):
    """The expression as a function of no argument: operation by operation, or as one plan."""
    names = {"tfpy": tfpy, "repeat": repeat}
    function = eval(f"lambda {', '.join(inputs)}: {expression}", names)
    if plan:
        function = tfpy.function(function)
    values = list(inputs.values())
    return lambda: function(*values)


def repeat(operation, x, b, length):
    """Apply ``operation`` to its own result again and again."""
    for _ in range(length):
        x = operation(x, b)
    return x
