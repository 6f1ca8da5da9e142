"""Installs what the tests need from the system: three browsers, a virtual display, OpenGL ES.

Does nothing, quickly, for what is already there. Otherwise it takes Debian's or Ubuntu's packages
where it may (as root, or with a sudo that asks no password), else Playwright's own builds, else it
says what to run. Usage: python -m e2e.setup_browsers [chromium|firefox|webkit|display|gl ...]
"""

import ctypes.util
import os
import shutil
import subprocess
import sys

from e2e.browsers.find import find_bundled, find_system

# Which packages hold what; the browsers that need a window also need a display.
PACKAGES = {
    "gl": ["libegl1", "libegl-mesa0", "libgles2", "libgl1-mesa-dri"],
    "display": ["xvfb", "libgl1", "libglx-mesa0", "libgl1-mesa-dri"],
    "chromium": ["chromium"],
    "firefox": ["firefox-esr", "libpci3"],
    "webkit": ["webkit2gtk-driver"],
}
BROWSERS = ("chromium", "firefox", "webkit")
NEEDS = {"firefox": ["display"], "webkit": ["display"]}


def main(names):
    """Install the missing ones of ``names``; exit with the fix for what could not be had."""
    names = names or list(PACKAGES)
    if unknown := set(names) - set(PACKAGES):
        sys.exit(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(PACKAGES)}")
    wanted = dict.fromkeys(need for name in names for need in [*NEEDS.get(name, []), name])
    missing = [name for name in wanted if not is_there(name)]
    if not missing:
        return
    print("Setting up", ", ".join(missing), flush=True)
    apt_install(missing)
    for name in missing:
        if name in BROWSERS and not is_there(name):
            playwright_install(name)
    if failed := [name for name in missing if not is_there(name)]:
        sys.exit(f"Could not set up {', '.join(failed)}. Run:\n" + "\n".join(map(fix, failed)))


def is_there(name):
    """Whether a test could use it now. The system's is looked for first: that takes no time."""
    if name == "gl":
        return all(ctypes.util.find_library(library) for library in ("EGL", "GLESv2"))
    if name == "display":
        has_one = os.environ.get("DISPLAY") or shutil.which("Xvfb")
        return bool(has_one) or not sys.platform.startswith("linux")
    find_bundled.cache_clear()
    return bool(find_system(name) or find_bundled(name))


def apt_install(names):
    """Install packages, where this is a Debian or Ubuntu on which we may."""
    if not shutil.which("apt-get"):
        return
    if os.geteuid() == 0:
        prefix = []
    elif shutil.which("sudo") and run("sudo", "--non-interactive", "true"):
        prefix = ["sudo"]
    else:
        return
    environment = ["env", "DEBIAN_FRONTEND=noninteractive"]
    run(*prefix, "apt-get", "update", "-q")
    for name in names:
        # One by one: Ubuntu has some of them only as snaps.
        install = ["apt-get", "install", "-y", "-q", "--no-install-recommends"]
        run(*prefix, *environment, *install, *PACKAGES[name])


def playwright_install(name):
    """Fetch Playwright's own build of a browser."""
    run(sys.executable, "-m", "playwright", "install", "--with-deps", name)


def fix(name):
    """The command that would install it."""
    command = f"  apt-get install {' '.join(PACKAGES[name])}"
    if name in BROWSERS:
        command += f"    (or: .venv/bin/playwright install --with-deps {name})"
    return command


def run(*command):
    """Whether the command succeeded; its output is shown."""
    return subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode == 0


if __name__ == "__main__":
    main(sys.argv[1:])
