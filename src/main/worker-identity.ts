/** The process a worker is. `suffix` makes it differ from every other life of the same process id. */
interface WorkerProcess {
  readonly host: string;
  readonly pid: number;
  readonly suffix: string;
}

/** A worker's name in leases, and what it can tell of the names of others. */
export interface WorkerIdentity {
  readonly id: string;
  /** True for workers of this host whose process is gone; a guess is never true. */
  readonly isDead: (workerId: string) => boolean;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not being allowed to signal a process says that it is there.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

/** `host:pid:suffix`. A worker that was killed is recognised at the next start on its host instead of after its leases' time. */
export function workerIdentity({ host, pid, suffix }: WorkerProcess): WorkerIdentity {
  const id = `${host}:${pid}:${suffix}`;
  return {
    id,
    isDead(workerId) {
      const parts = workerId.split(':');
      const [theirHost, theirPid] = [parts.slice(0, -2).join(':'), Number(parts.at(-2))];
      if (workerId === id || theirHost !== host || !Number.isInteger(theirPid) || theirPid < 1) return false;
      return theirPid === pid || !isAlive(theirPid);
    },
  };
}
