"""Turns a pure-Python wheel into one of byte code for the interpreter that runs this file.

Every ``.py`` becomes a ``.pyc`` beside which no source remains, without docstrings and assertions
(as ``python -OO`` makes it); all other files are kept. The page saves bytes and the time of
compiling; ``help()`` works with the plain wheel. This is not a build backend: it rewrites a
finished wheel.
"""

import base64
import csv
import hashlib
import io
import py_compile
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

TAG = f"cp{sys.version_info.major}{sys.version_info.minor}-none-any"


def compile_wheel(name, data):
    """Return the name and the bytes of the byte-compiled form of wheel ``name``."""
    files = {}
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as wheel:
        for entry in wheel.infolist():
            path, content = entry.filename, wheel.read(entry)
            if path.endswith(".py"):
                path, content = path + "c", byte_code(path, content)
            elif path.endswith(".dist-info/WHEEL"):
                content = content.replace(b"Tag: py3-none-any", f"Tag: {TAG}".encode())
            files[path] = content, entry.date_time
    return name.replace("py3-none-any", TAG), pack(files)


def byte_code(path, source):
    """Compile one module; its file is never checked again when it is imported."""
    with tempfile.TemporaryDirectory() as folder:
        module = Path(folder, "module.py")
        module.write_bytes(source)
        compiled = py_compile.compile(
            str(module),
            cfile=str(module) + "c",
            # Tracebacks name the place where the wheel gets installed.
            dfile=str(Path(sysconfig.get_path("purelib"), path)),
            doraise=True,
            optimize=2,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
        return Path(compiled).read_bytes()


def pack(files):
    """Zip ``{path: (content, date)}`` with a RECORD that is true of it."""
    record = next(path for path in files if path.endswith(".dist-info/RECORD"))
    _, date = files.pop(record)
    files[record] = record_of(files, record), date
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as wheel:
        for path, (content, date_time) in files.items():
            info = zipfile.ZipInfo(path, date_time)
            info.external_attr = 0o100644 << 16
            wheel.writestr(info, content, zipfile.ZIP_DEFLATED, compresslevel=9)
    return buffer.getvalue()


def record_of(files, record):
    """The RECORD file: path, hash and size of every file, itself without them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for path, (content, _) in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
        writer.writerow([path, f"sha256={digest.decode()}", len(content)])
    writer.writerow([record, "", ""])
    return text.getvalue().encode()
