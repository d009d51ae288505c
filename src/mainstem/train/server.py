"""`ClusterSpec` and `Server`: clusters are described as TensorFlow does; what runs is one process."""

from mainstem.formats import protos
from mainstem.run import servers

_NOT_A_CLUSTER = "`cluster` must be a dictionary mapping one or more job names to lists of network addresses, or a `ClusterDef` protocol buffer"


class ClusterSpec:
    """The jobs of a cluster and the addresses of their tasks.

    `cluster` is a dict from job names to lists of addresses or to dicts from task indices to addresses, a `ClusterDef`, or another
    ClusterSpec. Raises TypeError for anything else.
    """

    def __init__(self, cluster):
        if isinstance(cluster, dict):
            self._jobs = {_text(job, "Job name"): _tasks(job, tasks) for job, tasks in cluster.items()}
        elif isinstance(cluster, protos.ClusterDef):
            self._jobs = {job.name: {i: job.tasks[i] for i in sorted(job.tasks)} for job in cluster.job}
        elif isinstance(cluster, ClusterSpec):
            self._jobs = {job: dict(tasks) for job, tasks in cluster._jobs.items()}
        else:
            raise TypeError(_NOT_A_CLUSTER)

    def __bool__(self):
        return bool(self._jobs)

    def __eq__(self, other):
        if isinstance(other, protos.ClusterDef):
            return self == ClusterSpec(other)
        return isinstance(other, ClusterSpec) and self._jobs == other._jobs

    __hash__ = None

    def __repr__(self):
        return f"ClusterSpec({self.as_dict()!r})"

    def as_dict(self):
        """A dict from job names to lists of addresses; to dicts for jobs whose indices have gaps."""
        return {job: list(t.values()) if list(t) == list(range(len(t))) else dict(t) for job, t in self._jobs.items()}

    def as_cluster_def(self):
        """The `ClusterDef`, jobs sorted by name."""
        made = protos.ClusterDef()
        for name in sorted(self._jobs):
            job = made.job.add(name=name)
            for index, address in self._jobs[name].items():
                job.tasks[index] = address
        return made

    @property
    def jobs(self):
        """The names of the jobs."""
        return list(self._jobs)

    def _job(self, name):
        if name not in self._jobs:
            raise ValueError(f"No such job in cluster: {name!r}")
        return self._jobs[name]

    def num_tasks(self, job_name):
        """The number of tasks of a job. Raises ValueError for an unknown job, as all look-ups do."""
        return len(self._job(job_name))

    def task_indices(self, job_name):
        """The indices of the tasks of a job, sorted."""
        return list(self._job(job_name))

    def task_address(self, job_name, task_index):
        """The address of a task. Raises ValueError when there is no such task."""
        tasks = self._job(job_name)
        if task_index not in tasks:
            raise ValueError(f"No task with index {task_index!r} in job {job_name!r}")
        return tasks[task_index]

    def job_tasks(self, job_name):
        """The addresses of a job by index, None where an index is missing."""
        tasks = self._job(job_name)
        return [tasks.get(i) for i in range(max(tasks, default=-1) + 1)]


def _text(value, what):
    if not isinstance(value, (str, bytes)):
        raise TypeError(f"{what} {value!r} must be bytes or unicode")
    return value.decode() if isinstance(value, bytes) else value


def _tasks(job, tasks):
    if isinstance(tasks, (list, tuple)):
        tasks = dict(enumerate(tasks))
    elif not isinstance(tasks, dict):
        raise TypeError(f"The tasks for job {job!r} must be a list or a dictionary from integers to strings.")
    for index in tasks:
        if not isinstance(index, int):
            raise TypeError(f"{index!r} has type {type(index).__name__}, but expected one of: int")
    return {i: _text(tasks[i], "Task address") for i in sorted(tasks)}


class Server:
    """A server of this process: sessions with its `target` share their variables. A cluster of one task is all it can be.

    Args:
        server_or_cluster_def: a `ServerDef`, or what `ClusterSpec` takes.
        job_name, task_index: who this process is; may be left out when the cluster leaves no choice.
        protocol: "grpc".
        config: a `ConfigProto` for all its sessions.
        start: whether to start at once.

    Raises TypeError for other descriptions, ValueError when it is not clear who this process is, NotImplementedError for a cluster
    of several tasks.
    """

    def __init__(self, server_or_cluster_def, job_name=None, task_index=None, protocol=None, config=None, start=True):
        described = isinstance(server_or_cluster_def, protos.ServerDef)
        made = self._server_def = protos.ServerDef()
        if described:
            made.CopyFrom(server_or_cluster_def)
        else:
            made.cluster.CopyFrom(ClusterSpec(server_or_cluster_def).as_cluster_def())
        cluster = ClusterSpec(made.cluster)
        made.job_name = job_name or made.job_name or _only(cluster.jobs, "job_name")
        if task_index is not None:
            made.task_index = task_index
        elif not described:
            made.task_index = _only(cluster.task_indices(made.job_name), "task_index")
        made.protocol = protocol or made.protocol or "grpc"
        if config is not None:
            made.default_session_config.MergeFrom(config)
        if made.protocol != "grpc":
            raise NotImplementedError(f"tf.train.Server: the protocol {made.protocol!r} is not supported, only 'grpc'.")
        if sum(map(cluster.num_tasks, cluster.jobs)) > 1:
            raise NotImplementedError(
                f"tf.train.Server: a cluster of several tasks ({cluster.as_dict()}) is not supported: what runs here is one process. "
                "Use tf.train.Server.create_local_server(), or leave the server out."
            )
        self._target = servers.start()

    @property
    def server_def(self):
        """The `ServerDef`."""
        return self._server_def

    @property
    def target(self):
        """The target for sessions: `tf.Session(server.target)`."""
        return self._target

    def start(self):
        """Does nothing: it has started."""

    def join(self):
        """Raises NotImplementedError: other processes cannot use this server, so that there is nobody to wait for."""
        raise NotImplementedError("tf.train.Server.join: no other process can use a server here, so it would wait for ever.")

    @staticmethod
    def create_local_server(config=None, start=True):
        """A server for this process alone."""
        return Server({"local": ["localhost:0"]}, protocol="grpc", config=config, start=start)


def _only(choices, argument):
    if len(choices) != 1:
        raise ValueError(f"Must specify an explicit `{argument}`.")
    return choices[0]
