import { readFileSync, writeFileSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Command, CommandRunner, Option } from 'nest-commander';
import { Environment } from '../config/environment.js';
import { openApiDocument } from '../http/openapi.js';
import { FileAccessError, OpenApiStaleError } from './cli.errors.js';
import { note } from './output.js';
import { Program } from './program.js';

interface OpenApiOptions {
  out?: string;
  check?: string;
}

@Command({ name: 'openapi', description: 'Print the OpenAPI document of the API' })
export class OpenApiCommand extends CommandRunner {
  constructor(private readonly program: Program) {
    super();
  }

  /** Writes the document, or holds a file against it. Throws `OpenApiStaleError` and `FileAccessError`. */
  async run(_: string[], { out, check }: OpenApiOptions): Promise<void> {
    const document = await this.document();
    if (check !== undefined) {
      if (access(() => readFileSync(check, 'utf8')) !== document) throw new OpenApiStaleError(check);
      note(`${check} is up to date`);
    }
    if (out !== undefined) access(() => writeFileSync(out, document));
    else if (check === undefined) process.stdout.write(document);
  }

  @Option({ flags: '--out <file>', description: 'write it to a file' })
  parseOut(file: string): string {
    return file;
  }

  @Option({ flags: '--check <file>', description: 'fail where the file is not the same document' })
  parseCheck(file: string): string {
    return file;
  }

  /**
   * The document depends on the code alone, so nothing is started: in preview mode Nest knows the modules and
   * controllers without making them.
   */
  private async document(): Promise<string> {
    const module = this.program.moduleFor(new Environment({}), 'api');
    const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), {
      preview: true,
      logger: false,
      abortOnError: false,
    });
    return `${JSON.stringify(openApiDocument(app), null, 2)}\n`;
  }
}

function access<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new FileAccessError(error as Error);
  }
}
