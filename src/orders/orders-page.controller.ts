import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import {
  ApiExcludeEndpoint,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../platform/access/access.decorators.js';
import { sendDocument } from '../platform/http/versioned-document.js';
import { ORDERS_PREFIX } from './orders-envelope.js';
import { OrdersPage } from './orders-page.js';

/** Nothing but what this server itself serves may run, be shown or be talked to, and nobody may frame it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Headers of all files of the page; caches must ask each time, so that an upgrade never mixes old files with new ones. */
const HEADERS = {
  'content-security-policy': POLICY,
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
} as const;

/** The page for people. It is open to all: what it shows it asks the API for, as the user who signs in there. */
@ApiTags('Orders')
@Controller(ORDERS_PREFIX)
export class OrdersPageController {
  constructor(private readonly files: OrdersPage) {}

  @Get()
  @Public()
  @ApiOperation({ summary: 'The page for people: import files, follow imports, look at orders' })
  @ApiProduces('text/html')
  @ApiOkResponse({ content: { 'text/html': { schema: { type: 'string' } } } })
  @ApiResponse({ status: 304, description: '`If-None-Match` names the version that there is.' })
  page(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.send('index.html', request, reply);
  }

  @Get('page/:file')
  @Public()
  @ApiExcludeEndpoint()
  asset(@Param('file') name: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.send(name, request, reply);
  }

  private send(name: string, request: FastifyRequest, reply: FastifyReply): void {
    const file = this.files.file(name);
    sendDocument(file, request, reply.headers(HEADERS));
  }
}
