import { spawnSync } from 'node:child_process';
import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../support/ports.ts';
import { postgresBinaries } from '../../support/postgres-binaries.ts';
import { ServerProcess } from '../../support/server-process.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { Missing } from '../deployment.ts';

export interface PgBouncer {
  port: number;
  stop(): Promise<void>;
}

const PLACES = ['pgbouncer', '/usr/sbin/pgbouncer'];

/** A real PgBouncer in front of a server, for `role`. @throws Missing where there is none */
export async function startPgBouncer(
  mode: 'session' | 'transaction',
  target: number,
  role: string,
): Promise<PgBouncer> {
  const file = PLACES.find((place) => spawnSync(place, ['--version']).status === 0);
  if (file === undefined) throw new Missing('pgbouncer is not installed');
  // It refuses to run as root, as PostgreSQL does.
  const { owner } = await postgresBinaries();
  const folder = temporaryFolder('pgbouncer', owner);
  const port = await freePort();
  const write = (name: string, text: string): string => {
    const path = join(folder.path, name);
    writeFileSync(path, text);
    if (owner !== undefined) chownSync(path, owner.uid, owner.gid);
    return path;
  };
  const users = write('users.txt', `"${role}" ""\n`);
  const ini = write(
    'pgbouncer.ini',
    `[databases]
* = host=127.0.0.1 port=${target}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${users}
pool_mode = ${mode}
default_pool_size = 60
`,
  );
  const server = await ServerProcess.spawn(file, [ini], { cwd: folder.path, ...owner }, 'SIGKILL');
  await server.waitForOutput(/process up/, 10_000);
  return {
    port,
    async stop() {
      await server.end('SIGKILL');
      folder.remove();
    },
  };
}
