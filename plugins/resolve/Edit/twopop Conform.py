"""twopop: conforms the open timeline to a new one.

Starts `twopop resolve` in twopop's own Python, which `twopop install resolve` notes in a file, and leaves it running.
Its words go to a log file; when it fails at once, they are shown in Workspace > Console.
"""

import json
import os
import subprocess
import sys
import time

WORDS = ["conform"]


def settings_folder():
    """Where `twopop install resolve` notes what it did."""
    if sys.platform == "win32":
        return os.path.join(os.environ.get("APPDATA", os.path.expanduser("~")), "twopop")
    if sys.platform == "darwin":
        return os.path.expanduser("~/Library/Application Support/twopop")
    return os.path.join(os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config"), "twopop")


def start(python, log_path):
    """Starts the command apart from Resolve, so that it goes on when this script has ended."""
    apart = {"creationflags": 0x00000008 | 0x00000200} if os.name == "nt" else {"start_new_session": True}
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    command = [python, "-m", "twopop_cli", "resolve", *WORDS, "--menu"]
    with open(log_path, "ab") as log:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=clean, close_fds=True, **apart
        )


def main():
    """Starts the command and waits a moment for it to fail."""
    folder = settings_folder()
    settings, log_path = os.path.join(folder, "resolve.json"), os.path.join(folder, "resolve.log")
    try:
        with open(settings, encoding="utf-8") as file:
            python = json.load(file)["python"]
        size = os.path.getsize(log_path) if os.path.exists(log_path) else 0
        process = start(python, log_path)
    except (OSError, ValueError, KeyError, TypeError) as problem:
        print(f"twopop: cannot be started ({problem}). Run `twopop install resolve` in a terminal.")
        return
    print(f"twopop: started; {log_path} tells how it goes on.")
    for _ in range(50):
        if process.poll() is not None:
            break
        time.sleep(0.1)
    if process.returncode:
        with open(log_path, encoding="utf-8", errors="replace") as log:
            log.seek(size)
            print(log.read().strip())


main()
