import { Command, CommandRunner, Option, SubCommand } from 'nest-commander';
import { print, table } from '../platform/cli/output.js';
import { Program } from '../platform/cli/program.js';
import type { Job, JobProgress } from './job.entity.js';
import { jobResponse } from './job-response.js';
import { JOB_STATES, type JobState } from './job-state.js';
import { JobsService } from './jobs.service.js';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 1000;

interface ListOptions {
  state?: JobState;
  kind?: string;
  owner?: string;
  limit?: number;
  json?: boolean;
}

@SubCommand({ name: 'list', description: 'List jobs, newest first' })
class ListJobsCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /** Prints a table of the jobs that pass the filters; as JSON, one job a line. */
  async run(_: string[], { limit = DEFAULT_LIMIT, json = false, ...filter }: ListOptions): Promise<void> {
    const jobs = await (
      await this.program.get(JobsService)
    ).list(this.program.operator, { ...filter, limit });
    if (json) return print(...jobs.map((job) => JSON.stringify(jobResponse(job))));
    print(table([['ID', 'KIND', 'STATE', 'PROGRESS', 'CREATED', 'OWNER'], ...jobs.map(row)]));
  }

  @Option({ flags: '--state <state>', description: JOB_STATES.join(', ') })
  parseState(state: JobState): JobState {
    if (!JOB_STATES.includes(state)) this.command.error(`error: --state is one of ${JOB_STATES.join(', ')}`);
    return state;
  }

  @Option({ flags: '--kind <kind>', description: 'e.g. orders.import' })
  parseKind(kind: string): string {
    return kind;
  }

  @Option({ flags: '--owner <userid>', description: 'jobs of one user' })
  parseOwner(owner: string): string {
    return owner;
  }

  @Option({ flags: '--limit <number>', description: `how many at most (default ${DEFAULT_LIMIT})` })
  parseLimit(text: string): number {
    const limit = Number(text);
    if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit;
    return this.command.error(`error: --limit is a whole number from 1 to ${MAX_LIMIT}`);
  }

  @Option({ flags: '--json', description: 'as JSON, one job a line' })
  parseJson(): boolean {
    return true;
  }
}

@SubCommand({ name: 'show', arguments: '<id>', description: 'Print everything about a job, as JSON' })
class ShowJobCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /** Prints the job as the API shows it. Throws `JobNotFoundError`. */
  async run([id]: [string]): Promise<void> {
    const job = await (await this.program.get(JobsService)).get(this.program.operator, id);
    print(JSON.stringify(jobResponse(job), null, 2));
  }
}

@SubCommand({ name: 'cancel', arguments: '<id>', description: 'Cancel a job; what it has done stays' })
class CancelJobCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /** Cancels: a waiting job at once, a running one within a second. Throws as `JobsService.cancel`. */
  async run([id]: [string]): Promise<void> {
    const { state } = await (await this.program.get(JobsService)).cancel(this.program.operator, id);
    print(state === 'running' ? `job ${id} is asked to stop` : `job ${id} is ${state}`);
  }
}

@SubCommand({
  name: 'retry',
  arguments: '<id>',
  description: 'Run a job again that did not succeed, from where it stopped',
})
class RetryJobCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /** Puts the job back into the queue. Throws as `JobsService.retry`. */
  async run([id]: [string]): Promise<void> {
    await (await this.program.get(JobsService)).retry(this.program.operator, id);
    print(`job ${id} runs again`);
  }
}

@Command({
  name: 'jobs',
  description: 'See, cancel and repeat jobs',
  subCommands: [ListJobsCommand, ShowJobCommand, CancelJobCommand, RetryJobCommand],
})
class JobsCommand extends CommandRunner {
  /** Only its subcommands do something. */
  async run(): Promise<void> {
    this.command.help({ error: true });
  }
}

/** The commands about jobs, for the CLI. */
export const JOBS_COMMANDS = [
  JobsCommand,
  ListJobsCommand,
  ShowJobCommand,
  CancelJobCommand,
  RetryJobCommand,
];

function row({ id, kind, state, progress, createdAt, owner }: Job): string[] {
  return [id, kind, state, describe(progress), createdAt.toISOString(), owner ?? ''];
}

function describe({ current, total, unit, message }: JobProgress): string {
  if (message !== null) return message;
  const count = total === null ? String(current) : `${current}/${total}`;
  return current === 0 && total === null ? '' : `${count} ${unit ?? ''}`.trimEnd();
}
