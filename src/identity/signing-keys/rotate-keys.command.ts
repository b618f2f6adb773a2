import { Command, CommandRunner, Option } from 'nest-commander';
import { note, print } from '../../platform/cli/output.js';
import { Program } from '../../platform/cli/program.js';
import { KeyRotation } from './key-rotation.js';

@Command({
  name: 'rotate-keys',
  description: 'Have a new key sign tokens; the present one takes part until its tokens have expired',
})
export class RotateKeysCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /** Prints the id of the key that signs next and when it begins. */
  async run(_arguments: string[], { now }: { now?: boolean }): Promise<void> {
    const rotation = await this.program.get(KeyRotation);
    const { operator } = this.program;
    const { kid, activeFrom, formerUntil, made } = now
      ? await rotation.replace(operator)
      : await rotation.rotate(operator);
    print(`key: ${kid}`, `signs from: ${activeFrom.toISOString()}`);
    if (formerUntil) print(`former keys verify until: ${formerUntil.toISOString()}`);
    if (now) note('All tokens have ended; everybody signs in again.');
    else if (!made) note('This key was on its way already; no other one was made.');
  }

  @Option({ flags: '--now', description: 'a key is in wrong hands: end it at once, and all tokens with it' })
  parseNow(): boolean {
    return true;
  }
}
