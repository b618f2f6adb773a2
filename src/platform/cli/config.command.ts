import { Command, CommandRunner, Option } from 'nest-commander';
import { describeConfiguration } from '../config/describe-configuration.js';
import { print, table } from './output.js';
import { Program } from './program.js';

@Command({ name: 'config', description: 'Print the effective configuration, secrets masked' })
export class ConfigCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /** Prints every variable of every module with its value, where that came from and what it is about. */
  async run(_: string[], { json = false }: { json?: boolean }): Promise<void> {
    const variables = describeConfiguration(this.program.environment);
    if (json) return print(JSON.stringify(variables, null, 2));
    print(
      table([
        ['VARIABLE', 'VALUE', 'SOURCE', 'ABOUT'],
        ...variables.map((one) => [one.name, one.value, one.source, one.about]),
      ]),
    );
  }

  @Option({ flags: '--json', description: 'as JSON' })
  parseJson(): boolean {
    return true;
  }
}
