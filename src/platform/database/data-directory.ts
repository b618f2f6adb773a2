import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigError } from '../config/config-section.js';

/** How to reach the embedded database of a running server. */
export interface EmbeddedEndpoint {
  /** Directory of the socket, or a loopback address. */
  readonly host: string;
  readonly port: number;
}

interface Holder {
  readonly pid: number;
  readonly endpoint?: EmbeddedEndpoint;
}

const SQLITE_BUSY = 5;

/** Another process works in the data directory. */
export class DataDirectoryInUseError extends ConfigError {
  constructor(
    path: string,
    readonly holder: Holder | undefined,
  ) {
    super(
      `SIGNALBOX_DATA_DIR: ${path} is in use by process ${holder?.pid ?? 'unknown'}; stop it, or give this process a directory of its own`,
    );
  }
}

/**
 * The directory that holds everything local: embedded database, objects, generated secret.
 *
 * One process owns it at a time. The lock is an exclusive transaction on a small SQLite file: the kernel releases
 * it when its holder dies, however it dies, so there is no such thing as a stale lock. PGlite itself takes none,
 * and two of them on one directory lose rows silently.
 */
export class DataDirectory {
  readonly path: string;
  private lock: DatabaseSync | undefined;

  constructor(path: string) {
    this.path = resolve(path);
    mkdirSync(this.path, { recursive: true, mode: 0o700 });
  }

  /** A path inside the directory. */
  file(...segments: string[]): string {
    return join(this.path, ...segments);
  }

  /** Takes the directory for this process. Throws `DataDirectoryInUseError` with the holder's pid. */
  acquire(): void {
    this.lock = this.openLock();
    this.announce();
  }

  /** Throws `DataDirectoryInUseError` where another process holds the directory now. */
  assertFree(): void {
    if (!existsSync(this.file('lock'))) return;
    this.openLock().close();
  }

  /** Publishes who holds the directory and where its database answers. */
  announce(endpoint?: EmbeddedEndpoint): void {
    const holder: Holder = { pid: process.pid, ...(endpoint && { endpoint }) };
    writeFileSync(this.file('holder.json'), JSON.stringify(holder), { mode: 0o600 });
  }

  /** Who announced itself last; alive or not is for the lock to say. */
  holder(): Holder | undefined {
    const file = this.file('holder.json');
    try {
      return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Holder) : undefined;
    } catch {
      return undefined; // being written this very moment
    }
  }

  /** Gives the directory back. */
  release(): void {
    if (!this.lock) return;
    rmSync(this.file('holder.json'), { force: true });
    this.lock.close();
    this.lock = undefined;
  }

  /** The secret generated at first start (0600), for installations that set no `SIGNALBOX_SECRET`. */
  generatedSecret(): string {
    const file = this.file('secret');
    if (!existsSync(file)) {
      try {
        writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // another process was faster: its secret counts
      }
      chmodSync(file, 0o600);
    }
    return readFileSync(file, 'utf8').trim();
  }

  private openLock(): DatabaseSync {
    const lock = new DatabaseSync(this.file('lock'), { timeout: 0 });
    try {
      lock.exec('begin exclusive');
      return lock;
    } catch (error) {
      lock.close();
      if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
      throw new DataDirectoryInUseError(this.path, this.holder());
    }
  }
}
