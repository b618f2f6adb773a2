import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  Get,
  HttpCode,
  Module,
  Param,
  Post,
  Put,
  Req,
  StreamableFile,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { IsInt, IsString } from 'class-validator';
import { Public, RequirePermission } from '../../src/platform/access/access.decorators.js';
import { InvalidInputError } from '../../src/platform/errors/domain-error.js';
import { Messages } from '../../src/platform/i18n/messages.js';
import { TEST_PERMISSION } from './platform-app.js';

export class NumberedDto {
  @IsInt()
  number!: number;
  @IsString()
  text!: string;
}

/** What an error that nobody foresaw says, and nobody outside may read. */
export const INNER_TEXT = 'connection string postgres://ann:hunter2@db';

/** Routes that behave in every way in which a route can. */
@Controller('edge')
export class EdgesController {
  constructor(messages: Messages) {
    messages.add({
      en: { 'edge.age': 'You are {{age}} years old.' },
      pt: { 'edge.age': 'Você tem {{age}} anos.' },
    });
  }

  @Get()
  @Public()
  bare(): object {
    return { hello: 'world' };
  }

  @Get('items/:id')
  @Public()
  item(@Param('id') id: string): object {
    return { id };
  }

  @Put('items/:id')
  @RequirePermission(TEST_PERMISSION)
  put(@Param('id') id: string): object {
    return { id };
  }

  @Post('echo')
  @Public()
  @HttpCode(200)
  echo(@Body() body: unknown): object {
    return { body };
  }

  @Post('numbered')
  @Public()
  @HttpCode(200)
  numbered(@Body() body: NumberedDto): NumberedDto {
    return body;
  }

  @Post('file')
  @Public()
  @HttpCode(200)
  async file(@Req() request: FastifyRequest): Promise<object> {
    const file = await request.file();
    return { name: file?.filename, length: (await file?.toBuffer())?.length };
  }

  @Get('unforeseen')
  @Public()
  unforeseen(): never {
    throw new Error(INNER_TEXT);
  }

  @Get('unforeseen-text')
  @Public()
  unforeseenText(): never {
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- libraries do
    throw INNER_TEXT;
  }

  @Get('database-away')
  @Public()
  databaseAway(): never {
    throw Object.assign(new Error('connect ECONNREFUSED 10.0.0.5:5432'), { code: 'ECONNREFUSED' });
  }

  @Get('message')
  @Public()
  message(): never {
    throw new InvalidInputError('TOO_YOUNG', 'You are 12 years old.', {
      translation: { key: 'edge.age', params: { age: 12 } },
      errors: [{ path: 'age', message: 'too young' }],
    });
  }

  @Get('never')
  @Public()
  never(): Promise<never> {
    return new Promise(() => undefined);
  }

  @Get('breaking')
  @Public()
  breaking(): StreamableFile {
    const chunks = (async function* () {
      yield Buffer.alloc(100_000, 'x');
      await new Promise((resolve) => setTimeout(resolve, 50));
      throw new Error(INNER_TEXT);
    })();
    return new StreamableFile(Readable.from(chunks), { type: 'text/plain' });
  }

  @Get('breaking-early')
  @Public()
  breakingEarly(): StreamableFile {
    const broken = new Readable({
      read() {
        this.destroy(new Error(INNER_TEXT));
      },
    });
    return new StreamableFile(broken, { type: 'text/plain' });
  }
}

@Module({ controllers: [EdgesController] })
export class EdgesModule {}
