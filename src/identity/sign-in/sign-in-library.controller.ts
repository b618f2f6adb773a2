import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../platform/access/access.decorators.js';
import { sendDocument } from '../../platform/http/versioned-document.js';
import { SignInLibrary } from './sign-in-library.js';

/** Pages of other origins import it. An upgrade reaches them within minutes. */
const HEADERS = {
  'cache-control': 'public, max-age=600',
  'cross-origin-resource-policy': 'cross-origin',
} as const;

/** The JavaScript that pages sign people in with. */
@ApiTags('Sign-in')
@Controller()
export class SignInLibraryController {
  constructor(private readonly library: SignInLibrary) {}

  @Get(['user/lib', 'permit/lib', 'auth/lib'])
  @Public()
  @ApiOperation({ summary: 'Sign-in for pages, as a JavaScript module' })
  @ApiProduces('text/javascript')
  @ApiOkResponse({ content: { 'text/javascript': { schema: { type: 'string' } } } })
  @ApiResponse({ status: 304, description: 'The caller has this version already, as `If-None-Match` says.' })
  send(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    sendDocument(this.library.file, request, reply.headers(HEADERS));
  }
}
