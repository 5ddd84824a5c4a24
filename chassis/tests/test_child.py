"""A child is a cage: it has its input and its output, and gets nothing else; nobody waits for it who need not."""

import os
import signal
import struct
import subprocess
import sys
from pathlib import Path

import eventlet
import pytest

from chassis.privacy import cage, child
from chassis.testing import wait_until

pytestmark = pytest.mark.feature("P13")
ROOT = Path(__file__).parents[2]
IMPOSSIBLE = {
    "to read a file": "open('/etc/hostname')",
    "to read the environment of its parent": "open(f'/proc/{os.getppid()}/environ')",
    "to write a file": "open('/tmp/here', 'w')",
    "to read a file once its input is closed": "os.close(0); os.open('/etc/hostname', os.O_RDONLY)",
    "to read a file once all is closed": "[os.close(n) for n in (0, 2)]; os.open('/etc/hostname', os.O_RDONLY)",
    "to list a folder": "os.listdir('/')",
    "to look at a file": "os.stat('/etc/hostname')",
    "to remove a file": "os.unlink('/tmp/here')",
    "to make a file in memory": "os.memfd_create('x')",
    "a pipe": "os.pipe()",
    "a socket": "socket.socket()",
    "a socket of its own machine": "socket.socketpair()",
    "to start a program": "subprocess.run(['/bin/true'])",
    "to become a program": "os.execv('/bin/true', ['true'])",
    "to fork": "os.fork()",
    "to spawn": "os.posix_spawn('/bin/true', ['true'], {})",
    "to end its parent": "os.kill(os.getppid(), 9)",
    "to end its group": "os.killpg(0, 9)",
    "to become root": "os.setuid(0)",
    "to go before others": "os.nice(-5)",
}
CALLS = {"x86_64": {"open": 2, "socket": 41, "connect": 42, "vfork": 58, "execve": 59, "kill": 62, "ptrace": 101,
                    "prctl": 157, "openat": 257, "process_vm_readv": 310, "io_uring_setup": 425, "x32 read": 1 << 30},
         "aarch64": {"openat": 56, "ptrace": 117, "kill": 129, "prctl": 167, "socket": 198, "connect": 203,
                     "execve": 221, "process_vm_readv": 270, "io_uring_setup": 425}}  # fmt: skip


def told(words):
    """What a child says that is told to do something."""
    code, said = child.run("chassis.tests.prisoner", words.encode())
    return said.decode().strip() if code == 0 else code


@pytest.fixture
def prisoner():
    """The pid of a child that is confined and waits."""
    words = b"os.write(1, b'in'); lock = threading.Lock(); [lock.acquire() for _ in range(2)]"
    with child.in_memory(words) as given, child.in_memory() as made:
        pid = child.started((*child.PYTHON, "chassis.tests.prisoner"), given, made)
        wait_until(lambda: os.fstat(made.fileno()).st_size, "the cage")
        yield pid
        os.kill(pid, signal.SIGKILL)
        os.wait4(pid, 0)


@pytest.mark.parametrize("words", IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_a_child_tries_in_vain(words):
    assert told(words) in ("PermissionError", "OSError", "BlockingIOError")


def test_a_child_may_not_call_the_kernel_around_python():
    calls = "[libc.syscall(number, 0, 0, 0) for number in (2, 41, 57, 59, 101, 157, 257, 425)]"
    assert told(f"print({calls})") == str([-1] * 8)


def test_a_child_starts_threads_but_nothing_that_outlives_it():
    assert told("one = threading.Thread(target=print, args=('here',)); one.start(); one.join()") == "here"


def test_a_child_sees_nothing_of_its_parents_environment(monkeypatch):
    for name in ("MONGO_URI", "AMQP_URI", "CLUE_MAIL", "HOME", "PATH"):
        monkeypatch.setenv(name, "secret")
    assert told("print(set(environment) - {'LC_CTYPE'})") == "set()"  # Python's own, where there is no locale


def test_a_child_is_nobody_in_a_session_of_its_own(prisoner):
    lines = dict(line.split(":\t", 1) for line in Path(f"/proc/{prisoner}/status").read_text().splitlines())
    assert set(lines["Uid"].split()) == {str(os.getuid() or cage.NOBODY)}
    assert (lines["NoNewPrivs"], lines["Seccomp"], lines["CapEff"]) == ("1", "2", "0" * 16)
    assert (os.getsid(prisoner), os.getpgid(prisoner)) == (prisoner, prisoner)
    assert Path(f"/proc/{prisoner}/fd").stat().st_uid == 0  # it is not dumpable: nobody else looks into it


PARENT = """from chassis.privacy import child
given, made = child.in_memory(b"lock = threading.Lock(); [lock.acquire() for _ in range(2)]"), child.in_memory()
print(child.started((*child.PYTHON, "chassis.tests.prisoner"), given, made), flush=True)
child.time.sleep(60)
"""


def test_a_child_dies_with_its_parent():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE)
    pid = int(parent.stdout.readline())
    wait_until(lambda: "Seccomp:\t2" in Path(f"/proc/{pid}/status").read_text(), "the cage")
    parent.kill()
    parent.communicate()
    wait_until(lambda: not alive(pid), "its end", seconds=3)


def alive(pid):
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_others_are_served_while_a_child_works_and_it_ends_when_nobody_waits_for_it(monkeypatch):
    turns, pids, started = [], [], child.started
    monkeypatch.setattr(child, "started", lambda *given: pids.append(started(*given)) or pids[-1])

    def others():
        while True:
            turns.append(1)
            eventlet.sleep(0.01)

    other = eventlet.spawn(others)
    with eventlet.Timeout(1, False):
        told("while True: pass")
    other.kill()
    assert len(turns) > 20
    (pid,) = pids
    assert not Path(f"/proc/{pid}").exists()


def test_one_that_computes_nothing_is_ended_when_its_time_is_up(monkeypatch):
    monkeypatch.setattr(child, "SECONDS", 1)
    with pytest.raises(child.TimeUp):
        told("child.threading.Event().wait()")


def test_what_it_cost_is_told_also_when_it_failed():
    spent = []
    with child.paid(spent.append):
        assert told("[sum(range(10**6)) for _ in range(20)]; os._exit(3)") == 3
    assert len(spent) == 1
    assert 0.1 < spent[0] < child.CPU_SECONDS


def test_where_there_is_no_cage_nothing_is_taken_apart(monkeypatch):
    broken = child.START.replace(
        "runpy.run", "import chassis.privacy.cage; chassis.privacy.cage.MACHINES.clear(); runpy.run"
    )
    monkeypatch.setattr(child, "PYTHON", tuple(broken if part == child.START else part for part in child.PYTHON))
    with pytest.raises(RuntimeError):
        told("print('free')")


def filtered(machine, name, number, argument=0):
    """What the filter for a machine answers to a system call, as the kernel would reckon it."""
    given = {cage.NUMBER: number, cage.MACHINE: name, cage.FIRST_ARGUMENT: argument}
    lines, at, held = list(struct.iter_unpack("HBBI", cage.program(machine))), 0, 0
    while True:
        code, yes, no, value = lines[at]
        at += 1
        if code == cage.RETURN:
            return value
        if code == cage.LOAD:
            held = given[value]
        else:
            at += yes if (held == value if code == cage.EQUAL else held & value) else no


@pytest.mark.parametrize("machine", cage.MACHINES)
def test_the_filter_lets_through_what_computes_and_threads_and_nothing_else(machine):
    name, column = cage.MACHINES[machine]
    kept = {numbers[column] for numbers in cage.KEPT.values()}
    clone, clone3 = cage.CLONE[column], cage.CLONE3[column]
    answers = {number: filtered(machine, name, number) for number in range(600)}
    assert {number for number, answer in answers.items() if answer == cage.ALLOW} == kept
    assert {answers[number] for number in answers.keys() - kept - {clone3}} == {cage.DENY}
    assert (answers[clone3], filtered(machine, name, clone, cage.CLONE_THREAD)) == (cage.UNKNOWN, cage.ALLOW)
    assert filtered(machine, name, clone, 17) == cage.DENY
    assert filtered(machine, 0x40000003, 0) == cage.KILL
    assert {filtered(machine, name, number) for number in CALLS[machine].values()} == {cage.DENY}
