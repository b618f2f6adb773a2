import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Command, CommandRunner, Option, SubCommand } from 'nest-commander';
import pg from 'pg';
import { DatabaseConfig } from '../config/platform.config.js';
import { type ConnectionSettings, DatabaseConnection } from '../database/database-connection.js';
import { NoServerRunsError, QueryRefusedError } from './cli.errors.js';
import { note, print } from './output.js';
import { Program, startedHere } from './program.js';
import { waitForStartingServer } from './starting-server.js';

@SubCommand({ name: 'connect', description: 'Open psql on the database' })
class DbConnectCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /** Runs psql until it ends, with its exit code. Throws `NoServerRunsError` where a URL would lead nowhere. */
  async run(_: string[], { url = false }: { url?: boolean }): Promise<void> {
    await withConnection(this.program, async (connection) => {
      if (!url && (await runPsql(connection.settings))) return;
      if (!url) note('psql is not on the PATH. Any other PostgreSQL client can connect to:');
      if (startedHere(connection)) throw new NoServerRunsError();
      print(databaseUrl(connection.settings));
    });
  }

  @Option({ flags: '--url', description: 'print the connection URL instead, with its password' })
  parseUrl(): boolean {
    return true;
  }
}

@SubCommand({
  name: 'query',
  arguments: '<sql>',
  argsDescription: { sql: 'one statement that changes nothing' },
  description: 'Run a query and print each row as a line of JSON',
})
class DbQueryCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /** Runs one statement in a read-only transaction. Throws `QueryRefusedError`. */
  async run([sql]: [string]): Promise<void> {
    await withConnection(this.program, async ({ settings }) => {
      const client = new pg.Client({ ...settings, application_name: 'signalbox cli' });
      await client.connect();
      try {
        await client.query('begin read only');
        // The extended protocol takes one statement only: none can follow that ends the transaction.
        const query = { text: sql, queryMode: 'extended' } as pg.QueryConfig;
        const { rows } = await client.query<object>(query).catch((error: unknown) => {
          throw error instanceof pg.DatabaseError ? new QueryRefusedError(error) : error;
        });
        print(...rows.map((row) => JSON.stringify(row)));
      } finally {
        await client.query('rollback').catch(() => undefined);
        await client.end();
      }
    });
  }
}

@Command({
  name: 'db',
  description: 'Look into the database',
  subCommands: [DbConnectCommand, DbQueryCommand],
})
class DbCommand extends CommandRunner {
  /** Only its subcommands do something. */
  async run(): Promise<void> {
    this.command.help({ error: true });
  }
}

export const DB_COMMANDS = [DbCommand, DbConnectCommand, DbQueryCommand];

/** The database alone, without the program around it. */
async function withConnection(
  program: Program,
  work: (connection: DatabaseConnection) => Promise<void>,
): Promise<void> {
  const config = new DatabaseConfig(program.environment);
  await waitForStartingServer(config);
  const connection = await DatabaseConnection.open(config, 'cli');
  try {
    await work(connection);
  } finally {
    await connection.close();
  }
}

/** Runs psql and takes over its exit code; false where there is none on the PATH. */
async function runPsql(settings: ConnectionSettings): Promise<boolean> {
  const url = databaseUrl(settings);
  const password =
    settings.connectionString && decodeURIComponent(new URL(settings.connectionString).password);
  const psql = spawn('psql', [withoutPassword(url)], {
    stdio: 'inherit',
    env: { ...process.env, ...(password && { PGPASSWORD: password }) }, // a command line is seen by everybody
  });
  const leaveToPsql = () => undefined; // Ctrl-C there cancels a query; it must not end the database under it
  process.on('SIGINT', leaveToPsql);
  try {
    const [code] = (await once(psql, 'exit')) as [number | null];
    process.exitCode = code ?? 1;
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  } finally {
    process.off('SIGINT', leaveToPsql);
  }
}

function databaseUrl({ connectionString, host, port, user, database }: ConnectionSettings): string {
  if (connectionString !== undefined) return connectionString;
  const where = new URLSearchParams({ host: host!, port: String(port), sslmode: 'disable' });
  return `postgresql://${user}@/${database}?${where.toString()}`;
}

function withoutPassword(url: string): string {
  return url.replace(/^(\w+:\/\/[^:/?#@]*):[^/?#@]*@/, '$1@');
}
