import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** Where Debian keeps the PostgreSQL server programs. */
const DEBIAN_POSTGRES = '/usr/lib/postgresql';

/** The path of a program, if the machine has it. */
export function findBinary(name: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(':');
  if (existsSync(DEBIAN_POSTGRES)) {
    folders.push(...readdirSync(DEBIAN_POSTGRES).map((version) => join(DEBIAN_POSTGRES, version, 'bin')));
  }
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

/** A TCP port of the loopback interface that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The unprivileged user that runs PostgreSQL where we are root, which the server refuses. */
export function unprivilegedUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = [
        ['-u', name],
        ['-g', name],
      ].map((args) =>
        Number(execFileSync('id', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })),
      );
      return { uid: uid!, gid: gid! };
    } catch {
      continue;
    }
  }
  return undefined;
}
