import { Command, CommandRunner, Option } from 'nest-commander';
import { print, table } from '../../platform/cli/output.js';
import { Program } from '../../platform/cli/program.js';
import { EffectivePermissionsService } from './effective-permissions.service.js';

@Command({
  name: 'permissions',
  arguments: '<nickname>',
  description: 'Show what a user may, here and at each service, and where he has it from',
})
export class PermissionsCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /** Prints a line for each permission: where it counts, what it is, where it comes from. Throws `UserNotFoundError`. */
  async run([nickname = '']: string[], { service: wanted }: { service?: string }): Promise<void> {
    const effective = await this.program.get(EffectivePermissionsService);
    const { permissions, services } = await effective.ofNickname(this.program.operator, nickname);
    const rows = [
      ...permissions.map(({ permission, given_by }) => ['signalbox', permission, given_by.join(', ')]),
      ...services.flatMap((service) =>
        Object.entries(service.permissions).map(([name, value]) => [
          service.service,
          `${name}=${JSON.stringify(value)}`,
          service.given_by[name] ?? '',
        ]),
      ),
    ].filter(([at]) => wanted === undefined || at === wanted);
    if (rows.length > 0) print(table(rows));
  }

  @Option({ flags: '--service <name>', description: 'only what counts there, e.g. os.datastore' })
  parseService(name: string): string {
    return name;
  }
}
