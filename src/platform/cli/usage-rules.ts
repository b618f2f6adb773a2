import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { type CommandRunner, InjectCommander } from 'nest-commander';

/** Commander's own class; nest-commander brings it along and does not export it. */
type Command = Parameters<CommandRunner['setCommand']>[0];

/**
 * Makes every command strict: too many arguments are an error as too few are, an error shows how to use the command,
 * and nobody but `runCli` ends the process.
 */
@Injectable()
export class UsageRules implements OnApplicationBootstrap {
  constructor(@InjectCommander() private readonly root: Command) {}

  onApplicationBootstrap(): void {
    this.root
      .name('signalbox')
      .description('Administers a Signalbox installation, whether its server runs or not.');
    apply(this.root);
  }
}

function apply(command: Command): void {
  command.allowExcessArguments(false).showHelpAfterError().exitOverride();
  command.commands.forEach(apply);
}

/** Whether an error is commander's word on how the command line is written. */
export function isUsageError(error: unknown): error is { code: string; exitCode: number } {
  return /^commander\./.test(String((error as { code?: unknown } | null)?.code));
}
