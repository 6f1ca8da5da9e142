"""The command `tfpy`: what one wants of models without writing a script.

    tfpy convert model.keras folder --quantize uint8
    tfpy inspect folder/model.json

`python -m tfpy` is the same.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .errors import TfpyError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser("tfpy", description="Machine learning in the browser.")
    commands = parser.add_subparsers(required=True, metavar="command")
    convert = commands.add_parser(
        "convert",
        help="a model from one format to another",
        description="Formats are told by names: .keras, .h5, .safetensors (weights only), or a "
        "folder with TensorFlow.js's model.json.",
    )
    convert.add_argument("source", help="a file, folder or URL")
    convert.add_argument("target", help="a file or folder")
    convert.add_argument(
        "--quantize",
        choices=("uint8", "uint16", "float16"),
        help="store weights in fewer bytes; only for model.json",
    )
    convert.add_argument(
        "--shard-size",
        type=int,
        metavar="BYTES",
        help="of each file of weights at most; only for model.json",
    )
    convert.set_defaults(run=_convert)
    inspect = commands.add_parser(
        "inspect", help="what is in a TensorFlow.js model, and what of it tfpy lacks"
    )
    inspect.add_argument("source", help="a model.json, or its folder")
    inspect.set_defaults(run=_inspect)
    chosen = parser.parse_args(arguments)
    try:
        chosen.run(chosen)
    except TfpyError as error:
        print(f"tfpy: {error}", file=sys.stderr)
        return 1
    return 0


def _convert(chosen: argparse.Namespace) -> None:
    from .io.convert import convert

    convert(chosen.source, chosen.target, chosen.quantize, chosen.shard_size)


def _inspect(chosen: argparse.Namespace) -> None:
    from .graphs.report import report

    print(report(chosen.source))
