import { Command, CommandRunner, Option, SubCommand } from 'nest-commander';
import { note, print } from '../platform/cli/output.js';
import { Program } from '../platform/cli/program.js';
import { AuditBrokenError } from './audit.errors.js';
import { AuditSealing } from './audit-sealing.js';
import { type AuditReport, AuditVerification } from './audit-verification.js';

interface VerifyCommandOptions {
  from?: number;
  expect?: string;
  json?: boolean;
}

@SubCommand({
  name: 'verify',
  description: 'Check the audit log against its seals; exit code 1 where something is wrong',
})
class VerifyAuditCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /** Prints what was checked. Throws `AuditBrokenError` with the first fault, and `AuditSealNotFoundError`. */
  async run(_: string[], { json = false, ...options }: VerifyCommandOptions): Promise<void> {
    const verification = await this.program.get(AuditVerification);
    const report = await verification.verify(this.program.operator, options);
    if (json) {
      print(JSON.stringify({ ok: report.fault === null, ...report }));
      if (report.fault) process.exitCode = 1;
      return;
    }
    if (report.fault) throw new AuditBrokenError(report.fault.message);
    print(...describe(report));
  }

  @Option({ flags: '--from <seal>', description: 'number of the seal to begin with (default: 1)' })
  parseFrom(text: string): number {
    const from = Number(text);
    if (/^[1-9]\d{0,8}$/.test(text)) return from;
    return this.command.error('error: --from is the number of a seal, 1 or more');
  }

  @Option({
    flags: '--expect <hash>',
    description: 'hash of a seal that was told before; it must be there still',
  })
  parseExpect(hash: string): string {
    if (/^[0-9a-f]{64}$/.test(hash)) return hash;
    return this.command.error('error: --expect is the hash of a seal: 64 hexadecimal digits');
  }

  @Option({ flags: '--json', description: 'as one line of JSON' })
  parseJson(): boolean {
    return true;
  }
}

@SubCommand({
  name: 'seal',
  description: 'Seal what has been recorded so far, and print the hash of the last seal',
})
class SealAuditCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /** Seals what is settled; what a transaction under way holds back stays for the server's next time. */
  async run(): Promise<void> {
    const sealing = await this.program.get(AuditSealing);
    await sealing.run();
    const last = await sealing.last(this.program.operator);
    if (last) print(`seal ${last.id}: ${last.hash}`);
    else note('There is nothing to seal yet.');
  }
}

@Command({
  name: 'audit',
  description: 'Seal and check the audit log',
  subCommands: [VerifyAuditCommand, SealAuditCommand],
})
class AuditCommand extends CommandRunner {
  /** Only its subcommands do something. */
  async run(): Promise<void> {
    this.command.help({ error: true });
  }
}

/** The commands about the audit log, for the CLI. */
export const AUDIT_COMMANDS = [AuditCommand, VerifyAuditCommand, SealAuditCommand];

function describe({ seals, entries, unsealed, unsealedSince, lastSeal }: AuditReport): string[] {
  const since = unsealedSince ? `, the oldest of ${unsealedSince}` : '';
  return [
    `OK: ${entries} entries under ${seals} seals are as they were sealed; ${unsealed} are not sealed yet${since}.`,
    ...(lastSeal ? [`The last seal is ${lastSeal.id}: ${lastSeal.hash}`] : []),
  ];
}
