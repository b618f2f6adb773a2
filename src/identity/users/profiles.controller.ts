import { Controller, Get, Header, HttpCode, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '../../platform/access/access.decorators.js';
import { ApiProblem } from '../../platform/http/api-problem.decorator.js';
import { IdentityAuthenticator } from '../callers/identity.authenticator.js';
import { requestValues } from '../request-values.js';
import { CheckDto, FoundProfileDto, ResolvedDatasetDto, ResolvedDto, UpdatedDto } from './dto/profile.dto.js';
import { ProfilesService } from './profiles.service.js';

const NEXT = {
  name: 'next',
  required: false,
  description: 'Where a sign-in is to return to; one of the addresses in `SIGN_IN_NEXT`.',
  schema: { type: 'string', example: 'http://localhost:3000/welcome' },
} as const;
const TOKEN = {
  name: 'jwt',
  required: false,
  description: 'A token, where it comes neither as `Authorization: Bearer` nor as `Auth-Token`.',
  schema: { type: 'string' },
} as const;
const USERNAME = {
  name: 'username',
  required: false,
  schema: { type: 'string', example: 'ann' },
} as const;

/** Who is signed in, as the clients of the Conductor and of DataHub ask for it. */
@ApiTags('Sign-in')
@Controller()
export class ProfilesController {
  constructor(
    private readonly profiles: ProfilesService,
    private readonly authenticator: IdentityAuthenticator,
  ) {}

  @Get(['user/check', 'oauth/check'])
  @Public()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Who is signed in, or where to sign in; never 401' })
  @ApiQuery(TOKEN)
  @ApiQuery(NEXT)
  @ApiOkResponse({ type: CheckDto })
  async check(@Req() request: FastifyRequest): Promise<CheckDto> {
    const next = (await requestValues(request)).get('next');
    return this.profiles.check(await this.authenticator.recognize(request), next, false);
  }

  @Get('auth/check')
  @Public()
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'The same for DataHub: there is always a username' })
  @ApiQuery(TOKEN)
  @ApiQuery(NEXT)
  @ApiOkResponse({ type: CheckDto })
  async checkOfDataHub(@Req() request: FastifyRequest): Promise<CheckDto> {
    const next = (await requestValues(request)).get('next');
    return this.profiles.check(await this.authenticator.recognize(request), next, true);
  }

  @Post(['user/update', 'auth/update', 'oauth/update'])
  @Public()
  @HttpCode(200)
  @ApiOperation({ summary: 'Choose a username, once; parameters in the query or in a form' })
  @ApiQuery(TOKEN)
  @ApiQuery(USERNAME)
  @ApiConsumes('application/x-www-form-urlencoded', 'multipart/form-data')
  @ApiBody({ required: false, schema: { properties: { jwt: TOKEN.schema, username: USERNAME.schema } } })
  @ApiOkResponse({ type: UpdatedDto })
  @ApiProblem(413, 'The form has a file in it, or is too large.')
  async update(@Req() request: FastifyRequest): Promise<UpdatedDto> {
    const username = (await requestValues(request)).get('username');
    if (!this.authenticator.hasCredentials(request)) return { success: false, error: 'No token' };
    const actor = await this.authenticator.recognize(request);
    if (!actor) return { success: false, error: 'Not authenticated' };
    return this.profiles.update(actor, username);
  }

  @Get('auth/resolve')
  @Public()
  @ApiOperation({ summary: 'The userid of a username' })
  @ApiQuery(USERNAME)
  @ApiOkResponse({ type: ResolvedDto })
  async resolve(@Req() request: FastifyRequest): Promise<ResolvedDto> {
    return this.profiles.resolve((await requestValues(request)).get('username'));
  }

  @Get('resolver/resolve')
  @Public()
  @ApiOperation({ summary: 'The userid behind the public address of a dataset, `<username>/<dataset>`' })
  @ApiQuery({
    name: 'path',
    required: false,
    description: 'The address.',
    schema: { type: 'string', example: 'ann/budget' },
  })
  @ApiOkResponse({ type: ResolvedDatasetDto })
  resolveDataset(@Query('path') path: unknown): Promise<ResolvedDatasetDto> {
    return this.profiles.resolveDataset(path);
  }

  @Get('auth/get_profile')
  @Public()
  @ApiOperation({ summary: 'What everybody may know of who has a username' })
  @ApiQuery(USERNAME)
  @ApiOkResponse({ type: FoundProfileDto })
  async publicProfile(@Req() request: FastifyRequest): Promise<FoundProfileDto> {
    return this.profiles.publicProfile((await requestValues(request)).get('username'));
  }
}
