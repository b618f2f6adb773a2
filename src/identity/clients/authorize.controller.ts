import { Body, Controller, Header, HttpCode, Ip, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '../../platform/access/access.decorators.js';
import { ApiProblem } from '../../platform/http/api-problem.decorator.js';
import { ClientLogins } from './client-logins.js';
import { ClientSecretDto, ClientTokenDto } from './dto/client.dto.js';

@ApiTags('API clients')
@Controller('api/authorize')
export class AuthorizeController {
  constructor(private readonly logins: ClientLogins) {}

  @Post()
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @Public()
  @ApiOperation({ summary: 'Get a token for the id and the secret of an API client' })
  @ApiOkResponse({ type: ClientTokenDto })
  @ApiProblem(400, '`client_id` or `client_secret` is missing.')
  @ApiProblem(404, 'There is no client with this id and this secret.')
  @ApiProblem(429, 'Too many failed tries; `Retry-After` says how long to wait.')
  async authorize(@Body() input: ClientSecretDto, @Ip() address: string): Promise<ClientTokenDto> {
    return { jwt: await this.logins.authorize(input, address) };
  }
}
