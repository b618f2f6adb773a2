import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { findBinary, freePort, unprivilegedUser } from './binaries.js';

const run = promisify(execFile);
const PROGRAMS = ['ceph', 'ceph-authtool', 'ceph-mon', 'ceph-osd', 'monmaptool', 'radosgw', 'radosgw-admin'];
/** What the gateway keeps its things in; made at once, as it would make them one after the other. */
const POOLS = [
  '.rgw.root',
  'default.rgw.log',
  'default.rgw.control',
  'default.rgw.meta',
  'default.rgw.buckets.index',
  'default.rgw.buckets.data',
  'default.rgw.buckets.non-ec',
];

/**
 * An S3 server of our own: Ceph's gateway over the least Ceph there can be, one monitor and one disk in memory. It
 * checks signatures as Amazon's does, those of forms too.
 */
export class S3Server {
  private readonly processes: ChildProcess[] = [];
  private readonly accessKeyId = 'test-access-key';
  private readonly secretAccessKey = 'test-secret-key-that-nobody-else-has';
  private buckets = 0;

  private constructor(
    private readonly directory: string,
    readonly port: number,
  ) {}

  /** Whether this machine has the server programs. */
  static available(): boolean {
    return PROGRAMS.every((program) => findBinary(program) !== undefined);
  }

  static async start(): Promise<S3Server> {
    const directory = mkdtempSync(join(tmpdir(), 'signalbox-s3-'));
    const server = new S3Server(directory, await freePort());
    try {
      await server.boot();
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Makes a fresh, empty bucket; resolves with the configuration that uses it. */
  async createBucket(): Promise<Record<string, string>> {
    const bucket = `bucket-${++this.buckets}`;
    const { accessKeyId, secretAccessKey, endpoint } = this;
    const client = new S3Client({
      ...{ endpoint, region: 'us-east-1', forcePathStyle: true },
      credentials: { accessKeyId, secretAccessKey },
    });
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    client.destroy();
    return {
      S3_BUCKET: bucket,
      S3_ENDPOINT: endpoint,
      S3_ACCESS_KEY_ID: accessKeyId,
      S3_SECRET_ACCESS_KEY: secretAccessKey,
    };
  }

  /** Stops the servers and removes their files. */
  async stop(): Promise<void> {
    await Promise.all(
      this.processes.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const gone = new Promise((resolve) => child.once('exit', resolve));
        child.kill('SIGKILL');
        await gone;
      }),
    );
    rmSync(this.directory, { recursive: true, force: true });
  }

  private async boot(): Promise<void> {
    const { directory } = this;
    const cluster = randomUUID();
    const disk = randomUUID();
    const monitor = await freePort();
    writeFileSync(join(directory, 'ceph.conf'), configuration(directory, cluster, monitor));
    for (const name of ['mon', 'osd', 'rgw']) mkdirSync(join(directory, name));
    const owner = unprivilegedUser();
    if (owner) {
      for (const name of ['', 'mon', 'osd', 'rgw']) chownSync(join(directory, name), owner.uid, owner.gid);
    }
    const keys = join(directory, 'keyring');
    for (const name of ['mon.', 'client.admin', 'osd.0', 'client.rgw']) {
      const create = name === 'mon.' ? ['--create-keyring'] : [];
      await this.run(
        ...['ceph-authtool', ...create, keys, '--gen-key', '-n', name],
        ...['--cap', 'mon', 'allow *', '--cap', 'osd', 'allow *'],
      );
    }
    const map = join(directory, 'monmap');
    const address = `[v2:127.0.0.1:${monitor}]`;
    await this.run('monmaptool', '--create', '--fsid', cluster, '--addv', 'a', address, map);
    await this.run('ceph-mon', '-i', 'a', '--mkfs', '--monmap', map, '--keyring', keys);
    this.spawn('ceph-mon', '-i', 'a', '-f');
    await this.run('ceph', 'osd', 'create', disk);
    await this.run('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', disk);
    this.spawn('ceph-osd', '-i', '0', '-f');
    await Promise.all(POOLS.map((pool) => this.run('ceph', 'osd', 'pool', 'create', pool, '1', '1')));
    this.spawn('radosgw', '-n', 'client.rgw', '-f', `--rgw-frontends=beast endpoint=127.0.0.1:${this.port}`);
    await this.run(
      ...['radosgw-admin', '-n', 'client.rgw', 'user', 'create', '--uid', 'test', '--display-name', 'test'],
      ...['--access-key', this.accessKeyId, '--secret-key', this.secretAccessKey],
    );
    await this.answers();
  }

  private async answers(): Promise<void> {
    for (let tries = 0; tries < 300; tries++) {
      if (await fetch(this.endpoint).catch(() => undefined)) return;
      await sleep(50);
    }
    throw new Error('The S3 server did not start within 15 s');
  }

  private get options() {
    return {
      ...unprivilegedUser(),
      cwd: this.directory,
      env: { PATH: process.env['PATH'], CEPH_CONF: join(this.directory, 'ceph.conf') },
    };
  }

  private async run(...[program, ...args]: string[]): Promise<void> {
    await run(findBinary(program!)!, args, { ...this.options, timeout: 30_000 });
  }

  private spawn(program: string, ...args: string[]): void {
    this.processes.push(spawn(findBinary(program)!, args, { ...this.options, stdio: 'ignore' }));
  }
}

/** One copy of everything, in memory, and no waiting for what other machines may say. */
function configuration(directory: string, cluster: string, monitor: number): string {
  const settings = {
    fsid: cluster,
    'mon host': `[v2:127.0.0.1:${monitor}]`,
    'public addr': '127.0.0.1',
    'cluster addr': '127.0.0.1',
    keyring: join(directory, 'keyring'),
    'run dir': directory,
    'mon data': join(directory, 'mon'),
    'osd data': join(directory, 'osd'),
    'rgw data': join(directory, 'rgw'),
    'admin socket': '',
    'pid file': '',
    'log file': '',
    'mon cluster log file': '',
    'mon data avail crit': '1',
    'mon tick interval': '1',
    'paxos propose interval': '0.02',
    'paxos min wait': '0.01',
    'mon allow pool size one': 'true',
    'mon max pg per osd': '1000',
    'osd pool default size': '1',
    'osd pool default min size': '1',
    'osd pool default pg autoscale mode': 'off',
    'osd crush chooseleaf type': '0',
    'osd objectstore': 'memstore',
    'memstore device bytes': String(4 * 1024 ** 3),
    'rgw run sync thread': 'false',
    'rgw enable gc threads': 'false',
    'rgw enable lc threads': 'false',
    'rgw enable quota threads': 'false',
    'rgw thread pool size': '64',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  return ['[global]', ...lines, ''].join('\n');
}
