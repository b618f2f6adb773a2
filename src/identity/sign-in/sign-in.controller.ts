import { Controller, Get, HttpStatus, Param, Req, Res } from '@nestjs/common';
import {
  ApiExcludeEndpoint,
  ApiFoundResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../platform/access/access.decorators.js';
import { ApiProblem } from '../../platform/http/api-problem.decorator.js';
import { PublicUrl } from '../../platform/http/public-url.js';
import { requestValues } from '../request-values.js';
import { BrowserCookie } from './browser-cookie.js';
import { SignInsService } from './sign-ins.service.js';

const PROVIDER = {
  name: 'provider',
  description: 'Name of the provider: `google`, `github`, or one of the operator’s own.',
  schema: { type: 'string' },
  example: 'google',
} as const;

/** Where browsers go to sign in with a provider, and come back to. Nothing of it is for programs. */
@ApiTags('Sign-in')
@Controller()
export class SignInController {
  constructor(
    private readonly signIns: SignInsService,
    private readonly publicUrl: PublicUrl,
  ) {}

  @Get('user/login/:provider')
  @Public()
  @ApiOperation({ summary: 'Begin to sign in with a provider: sends the browser there' })
  @ApiParam(PROVIDER)
  @ApiQuery({
    name: 'next',
    required: false,
    description:
      'Where to go afterwards, with the token as parameter `jwt`; one of the addresses in `SIGN_IN_NEXT`.',
    schema: { type: 'string', example: 'http://localhost:3000/welcome' },
  })
  @ApiFoundResponse({ description: 'To the provider.' })
  @ApiProblem(404, 'There is no such provider.')
  @ApiProblem(429, 'Too many sign-ins were begun from this address.')
  @ApiProblem(503, 'The provider does not answer.')
  async login(
    @Param('provider') provider: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const next = (await requestValues(request)).get('next');
    const { url, browser } = await this.signIns.begin(provider, next, this.cookie.read(request), request.ip);
    this.cookie.write(reply, browser);
    redirect(reply, url);
  }

  @Get('user/callback/:provider')
  @Public()
  @ApiOperation({ summary: 'Where a provider sends the browser back to' })
  @ApiParam(PROVIDER)
  @ApiFoundResponse({
    description: 'To where the sign-in was to go, with a token as parameter `jwt` if it went well.',
  })
  async callback(
    @Param('provider') provider: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    redirect(reply, await this.signIns.finish(searchOf(request), provider, this.cookie.read(request)));
  }

  @Get(['oauth/google_callback', 'auth/oauth_callback'])
  @Public()
  @ApiExcludeEndpoint()
  async callbackOfOriginals(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    redirect(reply, await this.signIns.finish(searchOf(request), undefined, this.cookie.read(request)));
  }

  private get cookie(): BrowserCookie {
    return new BrowserCookie(this.publicUrl.to('/').startsWith('https:'));
  }
}

/** The addresses carry codes and tokens: nobody is to keep them, or to be told of them. */
function redirect(reply: FastifyReply, url: string): void {
  void reply
    .status(HttpStatus.FOUND)
    .headers({ location: url, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
    .send();
}

/** The query as it came, with its question mark. */
function searchOf({ url }: FastifyRequest): string {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start);
}
