"""A real SLURM cluster of one node, this machine, in a folder of its own.

Everything lives in the folder: munge's key and socket, SLURM's configuration, state and logs. The
commands find it by SLURM_CONF, so that a SLURM of the machine is neither used nor disturbed. It has
no accounting. Two devices that are no GPUs are declared as GPUs, so that there are some to grant.
"""

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

PROGRAMS = ("munged", "mungekey", "slurmctld", "slurmd", "sbatch", "srun", "scontrol", "squeue")
GPUS = ("/dev/null", "/dev/zero")
# CPUs and memory are declared, not found (config_overrides): only the sums are tested.
CONFIGURATION = """\
ClusterName=one_node
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
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
SlurmdPidFile={folder}/slurmd.pid
SlurmdSpoolDir={folder}/node
StateSaveLocation={folder}/controller
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
MinJobAge=3600
KillWait=5
ReturnToService=2
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs=16 RealMemory=64000 Gres=gpu:{gpus} State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
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


class OneNode:
    """A running cluster.

    Attributes:
        environment: variables with which SLURM's commands, and Snakemake, use it.
    """

    def __init__(self, folder: Path) -> None:
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
        lines = self.ask("scontrol", "listpids", job).splitlines()[1:]
        files = [Path("/proc", line.split()[0], "cmdline") for line in lines]
        return [file.read_text().replace("\0", " ") for file in files if file.exists()]

    def is_up(self) -> bool:
        """Whether the node takes jobs."""
        return self.ask("sinfo", "--noheader", "--format=%T").strip() in ("idle", "mixed")


@contextlib.contextmanager
def one_node(folder: Path) -> Iterator[OneNode]:
    """Start a cluster, and stop it whatever happens."""
    for name in ("node", "controller"):
        (folder / name).mkdir()
    _configure(folder)
    cluster = OneNode(folder)
    daemons = []
    try:
        for command in _daemons(folder):
            log = (folder / f"{command[0]}.log").open("w")
            daemons.append(
                subprocess.Popen(command, env=cluster.environment, stdout=log, stderr=log)
            )
            if command[0] == "munged":
                wait_for((folder / "munge.socket").exists, 10, "munge's socket")
        wait_for(cluster.is_up, 60, f"the cluster takes jobs; see {folder}/*.log")
        yield cluster
    finally:
        cluster.ask("scancel", f"--user={getpass.getuser()}")
        with contextlib.suppress(AssertionError):
            wait_for(lambda: not cluster.ask("squeue", "--noheader"), 20, "jobs end")
        for daemon in reversed(daemons):
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
    with socket.socket() as one, socket.socket() as other:  # both at once, or both get the same
        for free in (one, other):
            free.bind(("127.0.0.1", 0))
        ports = [free.getsockname()[1] for free in (one, other)]
    (folder / "slurm.conf").write_text(
        CONFIGURATION.format(
            host=host,
            controller_port=ports[0],
            node_port=ports[1],
            user=getpass.getuser(),
            folder=folder,
            gpus=len(GPUS),
        )
    )
    lines = [f"NodeName={host} Name=gpu File={device}\n" for device in GPUS]
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


def _daemons(folder: Path) -> list[list[str]]:
    files = {"socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
    return [
        [
            "munged",
            "--foreground",
            "--force",
            f"--key-file={folder}/munge.key",
            *(f"--{option}={folder}/munge.{suffix}" for option, suffix in files.items()),
        ],
        ["slurmctld", "-D", "-f", f"{folder}/slurm.conf"],
        ["slurmd", "-D", "-f", f"{folder}/slurm.conf"],
    ]
