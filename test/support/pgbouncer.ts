import { spawnSync } from 'node:child_process';
import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from './ports.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { ServerProcess } from './server-process.ts';
import { temporaryFolder } from './temporary.ts';

const file = ['pgbouncer', '/usr/sbin/pgbouncer'].find((place) => spawnSync(place, ['--version']).status === 0);

export const hasPgBouncer = file !== undefined;

/** A real PgBouncer in front of a database, which is as it was but for host and port. */
export interface PgBouncer {
  url: string;
  stop(): Promise<void>;
}

export async function startPgBouncer(mode: 'session' | 'transaction', target: string, size = 60): Promise<PgBouncer> {
  if (file === undefined) throw new Error('PgBouncer is not installed');
  // It refuses to run as root, as PostgreSQL does.
  const { owner } = await postgresBinaries();
  const folder = temporaryFolder('pgbouncer', owner);
  const url = new URL(target);
  const place = `host=${url.hostname} port=${url.port}`;
  url.port = String(await freePort());
  const write = (name: string, text: string): string => {
    const path = join(folder.path, name);
    writeFileSync(path, text);
    if (owner !== undefined) chownSync(path, owner.uid, owner.gid);
    return path;
  };
  const users = write('users.txt', `"${url.username}" "${url.password}"\n`);
  const ini = write(
    'pgbouncer.ini',
    `[databases]\n* = ${place}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${url.port}\nunix_socket_dir =
auth_type = trust\nauth_file = ${users}\npool_mode = ${mode}\ndefault_pool_size = ${size}\n`,
  );
  const server = await ServerProcess.spawn(file, [ini], { cwd: folder.path, ...owner }, 'SIGKILL');
  await server.waitForOutput(/process up/, 10_000);
  return {
    url: url.href,
    async stop() {
      await server.end('SIGKILL');
      folder.remove();
    },
  };
}

/** Leaves the tests of a suite out where there is no PgBouncer, and says so in a line. */
export function needsPgBouncer(): void {
  before(function () {
    if (file !== undefined) return;
    console.log('    PgBouncer is not installed (apt-get install pgbouncer): what stands behind it is not tested');
    this.skip();
  });
}
