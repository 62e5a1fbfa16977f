"""Processes that the bench starts: each is measured, and ended by its id however the bench ends."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path


class Failure(Exception):
    """Something that the bench cannot go on with; the text says what and where."""


def obey_signals() -> None:
    """Makes SIGINT, SIGTERM and SIGHUP unwind the stack, which ends every process; a second signal changes nothing."""

    def stop(number: int, _frame: object) -> None:
        for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(other, signal.SIG_IGN)
        sys.exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


class Child:
    """A running process, its output in a file. As a context manager it is ended at the end of the block."""

    def __init__(self, command: list[str], log: Path, answers: bool = False):
        self.log = log
        self.exit_code: int | None = None
        self._cpu_seconds = 0.0
        self._peak_bytes = 0
        self.started = time.monotonic()
        with open(log, "wb") as output:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE if answers else subprocess.DEVNULL,
                stdout=subprocess.PIPE if answers else output,
                stderr=output,
                # A session of its own: Ctrl-C reaches the bench only, which then ends the children in order.
                start_new_session=True,
            )

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def is_running(self) -> bool:
        """Also takes the final accounting from the operating system once the process has ended."""
        if self.exit_code is None:
            pid, status, usage = os.wait4(self.process.pid, os.WNOHANG)
            if pid != 0:
                self.exit_code = self.process.returncode = os.waitstatus_to_exitcode(status)
                self._cpu_seconds = usage.ru_utime + usage.ru_stime
        return self.exit_code is None

    def cpu_seconds(self) -> float:
        """User and system time of the whole process, until now or until its end."""
        if self.is_running():
            # The name in parentheses may hold spaces; user and system time are the 12th and 13th field behind it.
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
            self._cpu_seconds = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return self._cpu_seconds

    def peak_bytes(self) -> int:
        """The most memory it was seen to hold: VmHWM of the last call before its end.

        Not `ru_maxrss`, which after a fork begins with what the bench itself held.
        """
        if self.is_running():
            for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    self._peak_bytes = int(line.split()[1]) * 1024
        return self._peak_bytes

    def wait(self, seconds: float) -> bool:
        """Whether it ended within the time."""
        deadline = time.monotonic() + seconds
        while self.is_running() and time.monotonic() < deadline:
            time.sleep(0.02)
        return not self.is_running()

    def end(self, seconds: float = 20) -> None:
        """Asks it to end, and kills it when it has not done so within the time."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self.is_running():
                os.kill(self.process.pid, number)
                self.wait(seconds)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def last_lines(self, count: int = 15) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])


def finish(command: list[str], log: Path, seconds: float) -> None:
    """Runs a command to its end, which must be a success."""
    with Child(command, log) as child:
        if not child.wait(seconds):
            raise Failure(f"{command[0]} did not end within {seconds:.0f} s:\n{child.last_lines()}")
        if child.exit_code != 0:
            raise Failure(f"{' '.join(command)[:200]}: exit code {child.exit_code}\n{child.last_lines()}")
