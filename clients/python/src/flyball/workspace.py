"""Finds the engine that runs on a workspace of this machine."""
from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Optional, Union

from .errors import EngineNotRunning


def default_workspace() -> Path:
    """`$FLYBALL_WORKSPACE`, else `$XDG_DATA_HOME/flyball/default`, else `~/.local/share/flyball/default`: as the command has it."""
    given = os.environ.get("FLYBALL_WORKSPACE")
    if given:
        return Path(given)
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "flyball" / "default"


def address(workspace: Optional[Union[str, "os.PathLike[str]"]] = None) -> str:
    """`http://HOST:PORT` of the engine that serves a workspace, by its `run/engine.json`.

    Raises `EngineNotRunning` where there is no such file, where the engine that wrote it is gone, or where it has no listener.
    """
    directory = Path(workspace).expanduser() if workspace is not None else default_workspace()
    start = f"start one: flyball --workspace {directory} serve"
    try:
        information = json.loads((directory / "run" / "engine.json").read_text("utf-8"))
    except FileNotFoundError:
        raise EngineNotRunning(f"{directory}: no engine has run here: {start}") from None
    except (OSError, ValueError) as error:
        raise EngineNotRunning(f"{directory}/run/engine.json cannot be read: {error}") from error
    if not _is_held(directory):
        raise EngineNotRunning(f"{directory}: the engine that ran here is gone: {start}")
    listener = information.get("http") if isinstance(information, dict) else None
    if not listener:
        raise EngineNotRunning(f"{directory}: its engine does not serve over HTTP: end it, then {start}")
    host, _, port = str(listener).rpartition(":")
    # All addresses of the machine: this one is among them.
    host = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]", "": "127.0.0.1"}.get(host, host)
    return f"http://{host}:{port}"


def _is_held(directory: Path) -> bool:
    """Whether an engine holds the workspace: its lock says so, and the file alone does not, since a process may die."""
    try:
        import fcntl
    except ImportError:
        return True
    for path in (directory / "run" / "lock", directory / "store"):
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except PermissionError:
            return True
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(descriptor)
    return False
