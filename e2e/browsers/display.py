"""A display for browsers that want one: the desktop's, or a virtual one (Xvfb).

Firefox and WebKitGTK have WebGL only with a window, so headless machines need Xvfb.
"""

import atexit
import os
import select
import shutil
import subprocess
import sys

START_TIMEOUT = 20


def ensure_display():
    """Set DISPLAY, starting Xvfb where there is no desktop; it ends with this process."""
    if not sys.platform.startswith("linux") or os.environ.get("DISPLAY"):
        return
    if not shutil.which("Xvfb"):
        raise FileNotFoundError("Xvfb is not installed: run 'make browsers'")
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x1024x24"]
    process = subprocess.Popen(
        [*command, "-nolisten", "tcp"], pass_fds=[writer], stderr=subprocess.DEVNULL
    )
    os.close(writer)
    atexit.register(stop, process)
    with os.fdopen(reader) as number:
        ready, _, _ = select.select([number], [], [], START_TIMEOUT)
        display = number.readline().strip() if ready else ""
    if not display:
        raise RuntimeError(f"Xvfb did not start within {START_TIMEOUT} s")
    os.environ["DISPLAY"] = f":{display}"


def stop(process):
    """End the virtual display."""
    process.terminate()
    process.wait(5)
