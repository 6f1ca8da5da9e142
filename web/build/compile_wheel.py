"""Turns a pure-Python wheel into one of byte code for the interpreter that runs this file.

Every ``.py`` becomes a ``.pyc`` beside which no source remains, without docstrings and assertions
(as ``python -OO`` makes it) and without what is for type checkers; the shaders become one file
without comments; all other files are kept but the drivers that no page can use. The page saves
bytes and the time of compiling; ``help()`` works with the plain wheel. The files are not compressed
one by one but the wheel as a whole, by zstd, which takes a third less. This is not a build backend:
it rewrites a finished wheel.
"""

import ast
import io
import json
import re
import sys
import sysconfig
import zipfile
from importlib._bootstrap_external import _code_to_hash_pyc  # as py_compile does
from pathlib import Path

from compression import zstd

# Need a native OpenGL library, or serve native tests and the command line.
NATIVE_ONLY = {
    *("kernels_webgl/gl_egl.py", "kernels_webgl/gl_record.py"),
    *("tfpy/command.py", "tfpy/__main__.py", "tfpy/graphs/report.py"),
}
# Many small files of shaders become one; `kernels_webgl/assemble.py` reads either.
SHADERS = "kernels_webgl/glsl/"
BUNDLE = SHADERS + "bundle.json"
#: The best of zstd that takes no longer to unpack than any other.
LEVEL = 19
TAG = f"cp{sys.version_info.major}{sys.version_info.minor}-none-any"


def compile_wheel(name, data):
    """Return the name and the bytes of the byte-compiled form of wheel ``name``, compressed."""
    files, shaders = {}, {}
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as wheel:
        for entry in wheel.infolist():
            path, content = entry.filename, wheel.read(entry)
            if path in NATIVE_ONLY:
                continue
            if path.endswith(".py"):
                path, content = path + "c", byte_code(path, content)
            elif path.endswith(".dist-info/WHEEL"):
                content = content.replace(b"Tag: py3-none-any", f"Tag: {TAG}".encode())
            if path.startswith(SHADERS):
                shaders[path.removeprefix(SHADERS).removesuffix(".glsl")] = shader(content)
                path, content = BUNDLE, json.dumps(shaders, separators=(",", ":")).encode()
            files[path] = content, entry.date_time
    name = name.replace("py3-none-any", TAG) + ".zst"
    return name, zstd.compress(pack(files), level=LEVEL)


def shader(source):
    """A shader's text without comments and indentation; its lines stay those of the compiler."""
    lines = re.sub(r"//.*", "", source.decode()).splitlines()
    return "\n".join(line.strip() for line in lines if line.strip()) + "\n"


def byte_code(path, source):
    """Compile one module; its file is never checked again when it is imported."""
    tree = ast.fix_missing_locations(_Untyped().visit(ast.parse(source)))
    # Tracebacks say lines; where in the line would be a twentieth of the bytes.
    for node in ast.walk(tree):
        if hasattr(node, "lineno"):
            node.end_lineno, node.col_offset, node.end_col_offset = node.lineno, 0, 0
    # Tracebacks name the place where the wheel gets installed.
    place = str(Path(sysconfig.get_path("purelib"), path))
    code = compile(tree, place, "exec", dont_inherit=True, optimize=2)
    # The source's hash, which nothing checks, would be eight bytes that no compression shortens.
    return _code_to_hash_pyc(code, bytes(8), checked=False)


class _Untyped(ast.NodeTransformer):
    """Takes away what is for type checkers: nothing reads it, and it is a tenth of the bytes.

    The fields of a named tuple are annotations; of these the names remain, of protocols too.
    """

    def visit_ClassDef(self, node):
        if any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases):
            node.body = [ast.Pass()]
        return self.generic_visit(node)

    def visit_FunctionDef(self, node):
        node.returns = None
        return self.generic_visit(node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_arg(self, node):
        node.annotation = None
        return node

    def visit_AnnAssign(self, node):
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)

    def visit_If(self, node):
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return node.orelse or ast.Pass()
        return self.generic_visit(node)


def pack(files):
    """Zip ``{path: (content, date)}``, its RECORD without hashes, which nothing checks."""
    record = next(path for path in files if path.endswith(".dist-info/RECORD"))
    _, date = files.pop(record)
    files[record] = "".join(f"{path},,\n" for path in [*files, record]).encode(), date
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as wheel:
        for path, (content, date_time) in files.items():
            info = zipfile.ZipInfo(path, date_time)
            info.external_attr = 0o100644 << 16
            wheel.writestr(info, content)
    return buffer.getvalue()
