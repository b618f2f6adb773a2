import { Command, CommandRunner, SubCommand } from 'nest-commander';
import { Migrations } from '../database/migrations.js';
import { MigrationNameError } from './cli.errors.js';
import { print, table } from './output.js';
import { Program } from './program.js';

@SubCommand({ name: 'up', description: 'Execute what is pending' })
class MigrateUpCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /** Executes the pending migrations, all of them or none. */
  async run(): Promise<void> {
    const names = await (await this.program.start()).get(Migrations, { strict: false }).up();
    print(...(names.length > 0 ? names.map((name) => `executed ${name}`) : ['nothing is pending']));
  }
}

@SubCommand({
  name: 'down',
  description: 'Revert the last executed migration, and with it the data it holds',
})
class MigrateDownCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /** Reverts one migration. */
  async run(): Promise<void> {
    const names = await (await this.program.start()).get(Migrations, { strict: false }).down();
    print(...(names.length > 0 ? names.map((name) => `reverted ${name}`) : ['nothing has been executed']));
  }
}

@SubCommand({ name: 'status', description: 'List the migrations and when each was executed' })
class MigrateStatusCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /** Prints every migration, the pending ones last. */
  async run(): Promise<void> {
    const states = await (await this.program.start()).get(Migrations, { strict: false }).status();
    const rows = states.map(({ name, executedAt }) => [name, executedAt?.toISOString() ?? 'pending']);
    print(rows.length > 0 ? table(rows) : 'there are no migrations');
  }
}

@SubCommand({
  name: 'create',
  arguments: '[name]',
  argsDescription: { name: 'what it does, e.g. AddOrderNotes; part of the file name' },
  description: 'Write a migration from what the entities have that the last migration has not',
})
class MigrateCreateCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /** Compares the entities with the snapshot of the last migration; without one, with an empty database. */
  async run([name]: string[]): Promise<void> {
    if (name !== undefined && !/^[A-Za-z]\w{0,99}$/.test(name)) throw new MigrationNameError();
    const file = await this.program.onEmptyDatabase((context) =>
      context.get(Migrations, { strict: false }).create(name),
    );
    print(
      file === undefined
        ? 'the entities are as the last migration left them: nothing to write'
        : `wrote migrations/${file}`,
    );
  }
}

@Command({
  name: 'migrate',
  description: 'Bring the tables of the database up to date',
  subCommands: [MigrateUpCommand, MigrateDownCommand, MigrateStatusCommand, MigrateCreateCommand],
})
class MigrateCommand extends CommandRunner {
  /** Only its subcommands do something. */
  async run(): Promise<void> {
    this.command.help({ error: true });
  }
}

export const MIGRATE_COMMANDS = [
  MigrateCommand,
  MigrateUpCommand,
  MigrateDownCommand,
  MigrateStatusCommand,
  MigrateCreateCommand,
];
