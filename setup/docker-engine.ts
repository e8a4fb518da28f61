import Docker from 'dockerode';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { debianPackages } from './debian-packages.ts';
import { hasProgram, isRoot, runProgram } from './process.ts';
import { StepFailure, type SetupStep, type StepState } from './step.ts';

const startTimeoutMs = 60_000;
const engineLog = '/var/log/clawbench-dockerd.log';

async function engineFault(): Promise<string | undefined> {
  return new Docker({ timeout: 10_000 }).ping().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

const engineAnswers = async (): Promise<boolean> => (await engineFault()) === undefined;

const packages = debianPackages({
  title: 'a Docker Engine',
  packages: ['docker.io', 'iptables', 'ca-certificates'],
  probe: () => hasProgram('dockerd'),
});

async function waitForEngine(): Promise<void> {
  const deadline = Date.now() + startTimeoutMs;
  while (Date.now() < deadline) {
    if (await engineAnswers()) return;
    await delay(250);
  }
  throw new StepFailure('the Docker Engine was started but does not answer', `tail -n 50 ${engineLog}`);
}

async function startEngine(say: (line: string) => void): Promise<void> {
  if (existsSync('/run/systemd/system')) {
    say('starting the docker service');
    await runProgram('systemctl', ['enable', '--now', 'docker'], { say, timeoutMs: startTimeoutMs });
  } else {
    say(`starting dockerd (no service manager here; it stays after this command, log in ${engineLog})`);
    mkdirSync('/var/log', { recursive: true });
    const log = openSync(engineLog, 'a');
    spawn('dockerd', [], { detached: true, stdio: ['ignore', log, log] }).unref();
  }
  await waitForEngine();
}

/** The engine that runs every sandbox. Any engine that answers is used as it is. */
export const dockerEngine: SetupStep = {
  title: 'a Docker Engine',
  async check(): Promise<StepState> {
    const fault = await engineFault();
    if (fault === undefined) return { kind: 'present' };
    if (/EACCES|permission denied/i.test(fault)) {
      throw new StepFailure(
        'a Docker Engine runs, but you may not use it',
        'sudo usermod -aG docker "$USER"   # then sign in again',
      );
    }
    const plan = (await hasProgram('dockerd'))
      ? 'start the Docker Engine that is installed'
      : 'install the Docker Engine of this distribution (docker.io) with apt-get and start it';
    return { kind: 'missing', plan, asksFirst: true };
  },
  async apply(say) {
    if ((await packages.check()).kind === 'missing') await packages.apply(say);
    if (await engineAnswers()) return;
    if (!isRoot()) {
      throw new StepFailure(
        'the Docker Engine is installed but does not run, and only root can start it',
        'sudo systemctl enable --now docker',
      );
    }
    await startEngine(say);
  },
  async undo(say) {
    await packages.undo(say);
  },
};
