import { Command, CommandRunner, Option } from 'nest-commander';
import { note, print } from '../../platform/cli/output.js';
import { Program } from '../../platform/cli/program.js';
import { PublicUrl } from '../../platform/http/public-url.js';
import { ClientsService } from './clients.service.js';

interface CreateClientOptions {
  title?: string;
  owner: string;
  scope?: string[];
}

@Command({
  name: 'createclient',
  arguments: '<slug>',
  description: 'Make an API client for a user; prints its id and its secret, which is shown only once',
})
export class CreateClientCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /** Makes the client. Throws what `ClientsService.createForUser` throws. */
  async run([slug]: [string], { title = slug, owner, scope }: CreateClientOptions): Promise<void> {
    const clients = await this.program.get(ClientsService);
    const made = await clients.createForUser(this.program.operator, owner, slug, {
      title,
      ...(scope && { scopes: scope }),
    });
    print(`client_id: ${made.client_id}`, `client_secret: ${made.client_secret}`);
    const url = await this.program.get(PublicUrl);
    note(
      '',
      'The secret is shown only this once. While the server runs, get a token with',
      `  curl -d 'client_id=${made.client_id}' -d 'client_secret=${made.client_secret}' ${url.to('/api/authorize')}`,
    );
  }

  @Option({ flags: '--title <text>', description: 'what people read; without it the slug' })
  parseTitle(text: string): string {
    return text;
  }

  @Option({ flags: '--owner <nickname>', description: 'the user who answers for it', required: true })
  parseOwner(nickname: string): string {
    return nickname;
  }

  @Option({
    flags: '--scope <word...>',
    description: 'what it may, e.g. orders.read; without it what is meant for clients',
  })
  parseScope(word: string, before: string[] = []): string[] {
    return [...before, word];
  }
}
