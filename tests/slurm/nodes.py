"""A real SLURM cluster in a folder of its own: three nodes, whose daemons all run on this machine.

Everything lives in the folder: munge's key and socket, SLURM's configuration, state and logs. The
commands find it by SLURM_CONF, so that a SLURM of the machine is neither used nor disturbed. It has
no accounting. Two devices that are no GPUs are declared as GPUs, so that there are some to grant.
By itself it does not put jobs of a failed node back into the queue (JobRequeue).
"""

import contextlib
import getpass
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

NODES = ("node1", "node2", "node3")
PROGRAMS = ("munged", "mungekey", "slurmctld", "slurmd", "sbatch", "srun", "scontrol", "squeue")
GPUS = ("/dev/null", "/dev/zero")
# CPUs and memory are declared, not found (config_overrides): only the sums are tested.
CONFIGURATION = """\
ClusterName=castmap
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SlurmdParameters=config_overrides
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmdSpoolDir={folder}/%n
StateSaveLocation={folder}/controller
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory,CR_LLN
MinJobAge=3600
KillWait=5
SlurmdTimeout=15
JobRequeue=0
ReturnToService=2
GresTypes=gpu
NodeName=DEFAULT CPUs=4 RealMemory=64000 Gres=gpu:{gpus}
{nodes}
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def missing_programs() -> list[str]:
    """What is not installed of what a cluster needs."""
    return [name for name in PROGRAMS if shutil.which(name, path=_path()) is None]


def wait_for(condition: Callable[[], object], seconds: float, what: str) -> object:
    """The first true value of a condition that is asked again and again."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.05)
    return value


class Cluster:
    """A running cluster.

    Attributes:
        environment: variables with which SLURM's commands, and Snakemake, use it.
        daemons: the processes, by name.
    """

    def __init__(self, folder: Path) -> None:
        self.daemons: dict[str, subprocess.Popen] = {}
        self.environment = {
            **os.environ,
            "PATH": f"{folder}:{_path()}",  # for its srun
            "SLURM_CONF": f"{folder}/slurm.conf",
        }

    def ask(self, *command: str) -> str:
        """What a command of SLURM prints."""
        run = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False
        )
        return run.stdout

    def jobs(self) -> list[dict[str, str]]:
        """Every job since the start, in order: the fields of ``scontrol show job``."""
        lines = self.ask("scontrol", "--oneliner", "show", "job").splitlines()
        jobs = [dict(part.split("=", 1) for part in line.split() if "=" in part) for line in lines]
        return sorted((job for job in jobs if "JobId" in job), key=lambda job: int(job["JobId"]))

    def jobs_of(self, rule: str) -> list[dict[str, str]]:
        """Those of a rule, whose name Snakemake leaves in the comment."""
        return [job for job in self.jobs() if f"{job['Comment']}_".startswith(f"rule_{rule}_")]

    def processes(self, job: str) -> list[str]:
        """The command lines of a running job's processes."""
        (node,) = (found["NodeList"] for found in self.jobs() if found["JobId"] == job)
        lines = self.ask("scontrol", "listpids", job, node).splitlines()[1:]
        files = [Path("/proc", line.split()[0], "cmdline") for line in lines]
        return [file.read_text().replace("\0", " ") for file in files if file.exists()]

    def is_up(self) -> bool:
        """Whether all nodes take jobs."""
        states = self.ask("sinfo", "--noheader", "--Node", "--format=%T").split()
        return states == ["idle"] * len(NODES)

    def lose(self, node: str) -> None:
        """Kill the daemon of a node and all that runs there, as when its power fails."""
        jobs = self.ask("squeue", "--noheader", f"--nodelist={node}", "--format=%i").split()
        steps = re.compile(rf"slurmstepd: \[({'|'.join(jobs)})[.]")
        ours = self.environment[
            "SLURM_CONF"
        ].encode()  # another cluster's jobs have such numbers, too
        roots = [
            process
            for process in psutil.process_iter(["cmdline"])
            if steps.match(" ".join(process.info["cmdline"] or ()))
            and ours in Path("/proc", str(process.pid), "environ").read_bytes()
        ]
        # From the top down, so that none is left to say how those below it ended.
        doomed = [self.daemons[node], *roots, *(p for root in roots for p in root.children(True))]
        for process in doomed:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


@contextlib.contextmanager
def start_cluster(folder: Path) -> Iterator[Cluster]:
    """Start a cluster, and stop it whatever happens."""
    for name in ("controller", *NODES):
        (folder / name).mkdir()
    _configure(folder)
    cluster = Cluster(folder)
    try:
        for name, command in _commands(folder).items():
            with (folder / f"{name}.log").open("w") as log:
                cluster.daemons[name] = subprocess.Popen(
                    command, env=cluster.environment, stdout=log, stderr=log
                )
            if name == "munged":
                wait_for((folder / "munge.socket").exists, 10, "munge's socket")
        wait_for(cluster.is_up, 60, f"the cluster takes jobs; see {folder}/*.log")
        yield cluster
    finally:
        cluster.ask("scancel", f"--user={getpass.getuser()}")
        with contextlib.suppress(AssertionError):
            wait_for(lambda: not cluster.ask("squeue", "--noheader"), 20, "jobs end")
        for daemon in reversed(cluster.daemons.values()):
            _stop(daemon)


def _stop(daemon: subprocess.Popen) -> None:
    daemon.terminate()
    try:
        daemon.wait(timeout=10)
    except subprocess.TimeoutExpired:  # slurmd waits for a controller that has died
        daemon.kill()
        daemon.wait()


def _path() -> str:
    """Where daemons are, too."""
    return os.environ["PATH"] + ":/usr/sbin:/sbin"


def _configure(folder: Path) -> None:
    host = socket.gethostname().partition(".")[0]
    with contextlib.ExitStack() as stack:  # all at once, or two get the same
        free = [stack.enter_context(socket.socket()) for _ in ("controller", *NODES)]
        for one in free:
            one.bind(("127.0.0.1", 0))
        controller_port, *ports = [one.getsockname()[1] for one in free]
    nodes = [
        f"NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={port}"
        for name, port in zip(NODES, ports, strict=True)
    ]
    (folder / "slurm.conf").write_text(
        CONFIGURATION.format(
            host=host,
            controller_port=controller_port,
            nodes="\n".join(nodes),
            user=getpass.getuser(),
            folder=folder,
            gpus=len(GPUS),
        )
    )
    lines = [f"NodeName={','.join(NODES)} Name=gpu File={device}\n" for device in GPUS]
    (folder / "gres.conf").write_text("".join(lines))
    # Inside a job Snakemake's plugin calls srun without any of SLURM's variables, SLURM_CONF too.
    srun = folder / "srun"
    real = shutil.which("srun", path=_path())
    srun.write_text(f'#!/bin/sh\nSLURM_CONF={folder}/slurm.conf exec {real} "$@"\n')
    srun.chmod(0o755)
    subprocess.run(
        ["mungekey", "--create", f"--keyfile={folder}/munge.key"],
        env={**os.environ, "PATH": _path()},
        check=True,
    )


def _commands(folder: Path) -> dict[str, list[str]]:
    """How the daemons are started, by their names, in order."""
    files = {"socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
    configuration = ["-D", "-f", f"{folder}/slurm.conf"]
    return {
        "munged": [
            "munged",
            "--foreground",
            "--force",
            f"--key-file={folder}/munge.key",
            *(f"--{option}={folder}/munge.{suffix}" for option, suffix in files.items()),
        ],
        "slurmctld": ["slurmctld", *configuration],
        **{node: ["slurmd", "-N", node, *configuration] for node in NODES},
    }
