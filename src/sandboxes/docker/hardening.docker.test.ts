import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDockerWorld } from '../../../tests/world/docker-sandboxes.ts';
import type { Sandbox, SandboxSession, SandboxSpec } from '../sandbox.ts';
import { execIn, type SandboxHarness, sandboxSpec } from '../sandbox.contract.ts';

const world = openDockerWorld();
afterAll(() => world.close());

const harness: SandboxHarness = {
  name: 'docker',
  instance: world.instance,
  provider: world.provider,
  unreachable: world.provider,
  image: () => world.image(),
};

async function create(changes: Partial<SandboxSpec> = {}): Promise<Sandbox> {
  return world.provider.create(await sandboxSpec(harness, changes));
}

async function output(session: SandboxSession, command: string): Promise<string> {
  const { stdout, stderr } = await execIn(session, command);
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

describe('what the agent is given', () => {
  let sandbox: Sandbox;
  let session: SandboxSession;
  beforeAll(async () => {
    sandbox = await create();
    session = sandbox.session();
  });
  afterAll(() => sandbox.remove());

  test('it has no capability and can gain none', async () => {
    const status = await output(session, 'grep -e Cap -e NoNewPrivs -e Seccomp: /proc/self/status');
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'])
      expect(status).toContain(`${set}:\t0000000000000000`);
    expect(status).toContain('NoNewPrivs:\t1');
    expect(status).toContain('Seccomp:\t2');
    // A set-uid shell made by root of the image would make it root anywhere else.
    expect(await output(session, 'su -c id 2>&1; chroot / id 2>&1; unshare -r id 2>&1')).not.toContain(
      'uid=0',
    );
    expect(await output(session, 'mount -t tmpfs none /mnt 2>&1')).toMatch(
      /denied|permitted|only root|must be superuser/i,
    );
  });

  test('nothing of the host is mounted or writable', async () => {
    const mounts = await output(session, "awk '{ print $2, $4 }' /proc/mounts");
    expect(mounts).toMatch(/^\/opt\/clawbench ro,/m);
    expect(mounts).not.toContain('docker.sock');
    const device = mounts
      .split('\n')
      .filter((line) => /^\/(?!dev|proc|sys)/.test(line) && !line.startsWith('/ '));
    const known = new Set([
      '/opt/clawbench',
      '/etc/hostname',
      '/etc/hosts',
      '/etc/resolv.conf',
      '/sbin/docker-init',
      '/usr/sbin/docker-init',
    ]);
    expect(device.map((line) => line.split(' ')[0] ?? '').filter((path) => !known.has(path))).toEqual([]);
    const written =
      'for path in /opt/clawbench/x /opt/clawbench/tool-server.sh /etc/x /sys/x /proc/sys/kernel/hostname; do (echo x >$path) 2>/dev/null && echo "wrote $path"; done; true';
    expect(await output(session, written)).toBe('');
  });

  test('limits hold: processes, memory, core files', async () => {
    expect(await output(session, 'ulimit -c')).toBe('0\n');
    const forked =
      'import os,time\nn=0\ntry:\n  while n<1000:\n    if os.fork()==0: time.sleep(20); os._exit(0)\n    n+=1\nexcept OSError: pass\nprint(n)';
    await session.writeFile('/tmp/fork.py', Buffer.from(forked));
    const count = Number((await output(session, 'python3 /tmp/fork.py; pkill -f [f]ork.py')).split('\n')[0]);
    expect(count).toBeGreaterThan(64);
    expect(count).toBeLessThan(200);
  });

  test('a command that takes too much memory is killed, and the sandbox works on', async () => {
    const eaten = await execIn(session, 'python3 -c "x = bytearray(2_000_000_000)"');
    expect(eaten.exitCode).toBe(137);
    expect(await output(session, 'echo fine')).toBe('fine\n');
  });

  test('a full /dev/shm refuses input, and nothing of it is taken for a request', async () => {
    await execIn(session, 'head -c 100000000 /dev/zero >/dev/shm/full');
    const input = Buffer.from('touch /tmp/injected\n'.repeat(20_000));
    await expect(execIn(session, 'cat >/dev/null', { stdin: input })).rejects.toMatchObject({
      code: 'limit-reached',
    });
    await execIn(session, 'rm /dev/shm/full');
    expect(await output(session, 'ls /tmp/injected 2>&1; echo next')).toMatch(/No such file.*\nnext\n/s);
  });
});

describe('a task that runs as root', () => {
  test('root has file and process rights only, in the agent’s session and after the seal', async () => {
    const sandbox = await create({ agentUser: 'root' });
    try {
      const session = sandbox.session();
      expect(await output(session, 'id -u; grep CapEff /proc/self/status')).toBe(
        '0\nCapEff:\t00000000000000fb\n',
      );
      const refused =
        'mount -t tmpfs none /mnt; ip link add x type dummy; echo 1 >/proc/sys/kernel/printk; mknod /tmp/disk b 8 0';
      await execIn(session, refused);
      expect(
        await output(
          session,
          'ls /tmp/disk 2>&1; grep " /mnt " /proc/mounts; cat /opt/clawbench/complete >/dev/null && echo x >/opt/clawbench/y',
        ),
      ).toMatch(/No such file[^]*Read-only/);
      const sealed = await sandbox.seal();
      expect(await output(sealed.session, 'id -u; grep CapEff /proc/self/status')).toBe(
        '0\nCapEff:\t00000000000000fb\n',
      );
    } finally {
      await sandbox.remove();
    }
  });

  test('the sealed shell is not the image’s: trojans, preloads and PATH do not reach it', async () => {
    const sandbox = await create({ agentUser: 'root' });
    try {
      const trojan = '#!/bin/bash\necho trojan\n';
      for (const path of ['/usr/local/bin/id', '/usr/bin/id', '/bin/cat', '/usr/bin/busybox'])
        await sandbox.session().writeFile(path, Buffer.from(trojan), 0o755);
      await sandbox.session().writeFile('/etc/ld.so.preload', Buffer.from('/tmp/evil.so\n'));
      await execIn(sandbox.session(), 'rm -rf /app; ln -sf /nonexistent /bin/sh');
      const sealed = await sandbox.seal();
      expect(await output(sealed.session, 'id -u; echo x | cat; echo $0')).toMatch(/^0\nx\n/);
      expect(await sealed.changedImageFiles()).toEqual(
        expect.arrayContaining(['/usr/bin/id', '/usr/bin/cat', '/usr/bin/busybox']),
      );
    } finally {
      await sandbox.remove();
    }
  });

  test('a sandbox left unable to start is the task’s trouble, not ours', async () => {
    const sandbox = await create({ agentUser: 'root' });
    try {
      await execIn(sandbox.session(), 'mv /opt /elsewhere; touch /opt');
      const sealing = await sandbox.seal().then(
        () => 'sealed',
        (thrown: { code?: string }) => thrown.code,
      );
      expect(['conflict', 'sealed']).toContain(sealing);
    } finally {
      await sandbox.remove();
    }
  });
});

describe('what the provider refuses', () => {
  test('more than this machine has', async () => {
    await expect(create({ cpus: 10_000 })).rejects.toMatchObject({ code: 'unsupported' });
    await expect(create({ memoryMb: 100_000_000 })).rejects.toMatchObject({ code: 'unsupported' });
  });

  test('users and images that do not exist, leaving nothing', async () => {
    await expect(create({ agentUser: 'nobody-of-that-name' })).rejects.toMatchObject({
      code: expect.any(String),
    });
    const image = { reference: 'gone', digest: `sha256:${'0'.repeat(64)}` };
    await expect(create({ image })).rejects.toMatchObject({ code: 'unavailable' });
    expect(await world.provider.list(world.instance)).toEqual([]);
  });
});
