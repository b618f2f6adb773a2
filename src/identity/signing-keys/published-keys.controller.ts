import { Controller, Get, Req, Res } from '@nestjs/common';
import {
  ApiExcludeEndpoint,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../../platform/access/access.decorators.js';
import { sendDocument } from '../../platform/http/versioned-document.js';
import { JwksDto } from './dto/jwks.dto.js';
import { type PublishedDocument, PublishedKeys } from './published-keys.js';

const ApiNotModified = () =>
  ApiResponse({ status: 304, description: '`If-None-Match` names the version that there is.' });

@ApiTags('Permission tokens')
@Controller()
export class PublishedKeysController {
  constructor(private readonly keys: PublishedKeys) {}

  @Get('user/public-key')
  @Public()
  @ApiOperation({ summary: 'The public key that tokens are signed with now, as PEM' })
  @ApiProduces('text/plain')
  @ApiOkResponse({
    content: {
      'text/plain': {
        schema: { type: 'string' },
        example: '-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n-----END PUBLIC KEY-----\n',
      },
    },
  })
  @ApiNotModified()
  async pem(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    send(await this.keys.pem(), request, reply);
  }

  @Get(['permit/public-key', 'auth/public-key'])
  @Public()
  @ApiExcludeEndpoint()
  async pemByOtherNames(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    send(await this.keys.pem(), request, reply);
  }

  @Get('.well-known/jwks.json')
  @Public()
  @ApiOperation({
    summary: 'All public keys that tokens are signed with, have been or will be, as a JSON Web Key Set',
  })
  @ApiOkResponse({ type: JwksDto })
  @ApiNotModified()
  async jwks(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    send(await this.keys.jwks(), request, reply);
  }
}

function send(document: PublishedDocument, request: FastifyRequest, reply: FastifyReply): void {
  sendDocument(document, request, reply.header('cache-control', document.cacheControl));
}
