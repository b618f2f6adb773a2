import { Command, CommandRunner } from 'nest-commander';
import { envExample } from '../config/env-example.js';

@Command({ name: 'env-example', description: 'Print .env.example: every variable with its default' })
export class EnvExampleCommand extends CommandRunner {
  /** Prints the file as it is kept beside package.json. */
  async run(): Promise<void> {
    process.stdout.write(envExample());
  }
}
