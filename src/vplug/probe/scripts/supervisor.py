"""Stands between vplug and a child that runs plugin code; ends the child and all that came of it.

Run as ``python -I supervisor.py SPEC`` by vplug's own interpreter. Its standard input is a pipe that
vplug holds open: when it closes, for whatever reason (vplug was killed, too), everything ends.

Why a process of its own, and why it starts the child through a stand-in:

- it has a session of its own, so Ctrl-C in a terminal and signals to vplug's process group pass by;
- on Linux it is a child subreaper: what daemonises is handed to it, not to init, and is found;
- the child's parent, which plugin code can name with ``os.getppid()``, is the stand-in. A plugin that
  kills its parent's group kills that, and is seen to have done so.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import resource
import select
import shutil
import signal
import sys
import time

TICK = 0.05
WATCH_EVERY = 0.1
END_SECONDS = 10.0
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def prctl(option, value):
    """Call ``prctl`` where there is one; nothing elsewhere."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


class Kept:
    """What a stream said: its beginning and its end, never more than ``limit`` bytes of it."""

    def __init__(self, limit, sink=None):
        self.half = max(1, limit // 2)
        self.head = bytearray()
        self.tail = bytearray()
        self.dropped = 0
        self.total = 0
        self.sink = sink
        self.left = limit

    def feed(self, data):
        """Take a piece."""
        self.total += len(data)
        if self.sink is not None:
            piece = data[: self.left]
            self.left -= len(piece)
            self.sink.write(piece)
            self.sink.flush()
        room = self.half - len(self.head)
        if room > 0:
            self.head += data[:room]
            data = data[room:]
        self.tail += data
        over = len(self.tail) - self.half
        if over > 0:
            self.dropped += over
            del self.tail[:over]

    def text(self):
        """The text, with a line in the middle that says how much is left out."""
        if not self.dropped:
            return bytes(self.head + self.tail).decode("utf-8", "replace")
        middle = "\n[... %d bytes left out ...]\n" % self.dropped
        head = self.head.decode("utf-8", "replace")
        return head + middle + self.tail.decode("utf-8", "replace")


class Supervisor:
    """One child under watch."""

    def __init__(self, spec, psutil):
        self.spec = spec
        self.psutil = psutil
        self.child = None
        self.status = None  # as os.waitpid gives it
        self.why = None  # our own reason to end it: timed-out, out-of-memory, stopped, orphaned
        self.error = None
        self.stand_in_signal = None
        self.peak = 0
        self.began = time.monotonic()
        self.ended = None
        self.left = []
        self.stopping = None

    # Starting

    def start(self):
        """Start the stand-in, and through it the child."""
        out_read, out_write = os.pipe()
        err_read, err_write = os.pipe()
        told_read, told_write = os.pipe()
        self.began = time.monotonic()
        self.stand_in = os.fork()
        if self.stand_in == 0:
            for fd in (out_read, err_read, told_read):
                os.close(fd)
            self._be_stand_in(out_write, err_write, told_write)
        for fd in (out_write, err_write, told_write):
            os.close(fd)
        sink = open(self.spec["log"], "ab") if self.spec.get("log") else None
        limit = self.spec["output_bytes"]
        self.streams = {out_read: Kept(limit, sink), err_read: Kept(limit, sink)}
        self.stdout, self.stderr = self.streams[out_read], self.streams[err_read]
        self.told = told_read
        self.told_text = b""
        for fd in self.streams:
            os.set_blocking(fd, False)

    def _be_stand_in(self, out, err, told):
        try:
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            os.setsid()
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            pid = os.fork()
            if pid == 0:
                self._be_child(out, err, told)
            os.close(out)
            os.close(err)
            os.write(told, b"pid %d\n" % pid)
            _, status, usage = os.wait4(pid, 0)
            unit = 1 if sys.platform == "darwin" else 1024
            os.write(told, b"status %d %d\n" % (status, usage.ru_maxrss * unit))
        finally:
            os._exit(0)

    def _be_child(self, out, err, told):
        try:
            os.setsid()
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(out, 1)
            os.dup2(err, 2)
            # A segmentation fault is told by its signal; gigabytes of core would help nobody.
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            try:
                with open("/proc/self/oom_score_adj", "w") as file:
                    file.write("1000")  # if memory runs out, this is the one to go
            except OSError:
                pass
            os.chdir(self.spec["cwd"])
            argv = self.spec["argv"]
            os.execve(argv[0], argv, self.spec["env"])
        except OSError as error:
            text = "%s: %s" % (error.filename or self.spec["argv"][0], error.strerror)
            os.write(told, b"error " + text.encode("utf-8", "replace") + b"\n")
        finally:
            os._exit(127)

    # Watching

    def watch(self):
        """Wait until the child has ended or must be ended."""
        lifeline = 0
        last_look = 0.0
        while True:
            self._look_after_the_dead()
            if self.status is not None or self.error is not None:
                break
            now = time.monotonic()
            limit = self.spec["seconds"]
            if limit is not None and now - self.began > limit:
                self.why = "timed-out"
                break
            if self.stopping is not None and self._stop_in_steps(now):
                break
            if now - last_look >= WATCH_EVERY:
                last_look = now
                size = self._memory()
                self.peak = max(self.peak, size)
                most = self.spec["memory_bytes"]
                if most is not None and size > most:
                    self.why = "out-of-memory"
                    break
            fds = [*self.streams, self.told]
            if lifeline is not None:
                fds.append(lifeline)
            ready = select.select([fd for fd in fds if fd is not None], [], [], TICK)[0]
            for fd in ready:
                if fd == lifeline:
                    word = os.read(lifeline, 64)
                    if not word:
                        self.why = "orphaned"
                        return
                    self._begin_to_stop(word)
                elif fd == self.told:
                    self._hear()
                else:
                    self._drain(fd)

    def _hear(self):
        data = os.read(self.told, 4096)
        if not data:
            os.close(self.told)
            self.told = None
            return
        self.told_text += data
        *lines, self.told_text = self.told_text.split(b"\n")
        for line in lines:
            word, _, rest = line.partition(b" ")
            if word == b"pid":
                self.child = int(rest)
            elif word == b"error":
                self.error = rest.decode("utf-8", "replace")
            elif word == b"status":
                status, _, size = rest.partition(b" ")
                self._end_with(int(status))
                self.peak = max(self.peak, int(size))

    def _end_with(self, status):
        if self.status is None:
            self.status = status
            self.ended = time.monotonic()

    def _look_after_the_dead(self):
        """Collect every dead descendant that was handed to us; return whether any child is left."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
            except ChildProcessError:
                if self.told is None and self.status is None and self.error is None:
                    # The stand-in was killed. Without a subreaper (macOS) the child is init's now.
                    if self.child is None or not self.psutil.pid_exists(self.child):
                        self._end_with(self.stand_in_signal or 0)
                return False
            if pid == 0:
                return True
            if os.WIFSTOPPED(status):
                if pid == self.stand_in:
                    self.stand_in_signal = os.WSTOPSIG(status)
                    os.kill(pid, signal.SIGCONT)  # it has to tell how the child ends
            elif pid == self.stand_in:
                if os.WIFSIGNALED(status):
                    self.stand_in_signal = os.WTERMSIG(status)
                while self.told is not None and select.select([self.told], [], [], 0)[0]:
                    self._hear()
            elif pid == self.child:
                self._end_with(status)

    def _drain(self, fd):
        try:
            data = os.read(fd, 65536)
        except BlockingIOError:
            return True
        if not data:
            os.close(fd)
            del self.streams[fd]
            return False
        self.streams[fd].feed(data)
        return True

    # What there is of it

    def _descendants(self):
        try:
            found = self.psutil.Process().children(recursive=True)
        except self.psutil.Error:
            return []
        return [process for process in found if process.pid != self.stand_in]

    def _memory(self):
        own = shared = 0
        for process in self._descendants():
            try:
                info = process.memory_info()
            except self.psutil.Error:
                continue
            # Pages that forks share are counted once.
            common = getattr(info, "shared", 0)
            own += max(0, info.rss - common)
            shared = max(shared, common)
        return own + shared

    # Ending

    def _begin_to_stop(self, word):
        if self.stopping is None:
            grace = float(word.split()[1]) if len(word.split()) > 1 else 0.0
            now = time.monotonic()
            self.stopping = [(now + grace, None)]
            if grace > 0:
                # As a person does it first, then as a service manager does.
                self.stopping[:0] = [(now, signal.SIGINT), (now + grace * 2 / 3, signal.SIGTERM)]

    def _stop_in_steps(self, now):
        while self.stopping and self.stopping[0][0] <= now:
            _, number = self.stopping.pop(0)
            if number is None:
                self.why = "stopped"
                return True
            if self.child is not None:
                try:
                    os.kill(self.child, number)
                except OSError:
                    pass
        return False

    def end_all(self):
        """Kill every descendant, again and again until none is left."""
        if self.status is not None:
            self.left = [self._describe(process) for process in self._descendants()]
        began = time.monotonic()
        while time.monotonic() - began < END_SECONDS:
            doomed = [process.pid for process in self._descendants()]
            if time.monotonic() - began > 1.0:
                doomed.append(self.stand_in)  # it should have gone by itself
            if self.child is not None and self.status is None:
                doomed.append(self.child)
            for pid in doomed:
                try:
                    os.kill(pid, signal.SIGKILL)
                except OSError:
                    pass
            for fd in list(self.streams):
                for _ in range(64):
                    if fd not in self.streams or not select.select([fd], [], [], 0)[0]:
                        break
                    self._drain(fd)
            while self.told is not None and select.select([self.told], [], [], 0)[0]:
                self._hear()
            if not self._look_after_the_dead():
                break
            time.sleep(0.005)
        for fd in list(self.streams):
            while fd in self.streams and select.select([fd], [], [], 0)[0]:
                self._drain(fd)

    def _describe(self, process):
        try:
            words = process.cmdline() or [process.name()]
        except self.psutil.Error:
            return "(gone)"
        return " ".join(words)[:200]

    def result(self):
        """What became of it, as JSON."""
        code = number = None
        if self.status is not None and self.why in (None, "stopped"):
            if os.WIFSIGNALED(self.status):
                number = os.WTERMSIG(self.status)
            else:
                code = os.WEXITSTATUS(self.status)
        return {
            "why": self.why,
            "error": self.error,
            "returncode": code,
            "signal": number,
            "seconds": (self.ended or time.monotonic()) - self.began,
            "peak_rss_bytes": self.peak or None,
            "stdout": self.stdout.text(),
            "stderr": self.stderr.text(),
            "printed_bytes": self.stdout.total + self.stderr.total,
            "left": self.left,
            "stopped": self.stopping is not None,
            "parent_signal": self.stand_in_signal,
        }


def main():
    """Run one child as the specification says."""
    with open(sys.argv[1], encoding="utf-8") as file:
        spec = json.load(file)
    sys.path += spec["libraries"]
    import psutil

    prctl(PR_SET_CHILD_SUBREAPER, 1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    supervisor = Supervisor(spec, psutil)
    try:
        supervisor.start()
        supervisor.watch()
    finally:
        supervisor.end_all()
    if supervisor.why == "orphaned":
        # vplug is gone and cannot clear up after itself.
        for folder in spec["remove"]:
            shutil.rmtree(folder, ignore_errors=True)
        return 0
    part = spec["result"] + ".part"
    try:
        with open(part, "w", encoding="utf-8") as file:
            json.dump(supervisor.result(), file)
        os.replace(part, spec["result"])
    except OSError as error:
        if error.errno != errno.ENOENT:  # else the folder was cleared away already
            raise
    return 0


if __name__ == "__main__":
    sys.exit(main())
