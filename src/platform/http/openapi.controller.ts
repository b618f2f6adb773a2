import { Controller, Get, Injectable, Redirect } from '@nestjs/common';
import {
  ApiExcludeEndpoint,
  ApiOkResponse,
  ApiOperation,
  ApiResponse,
  ApiTags,
  type OpenAPIObject,
} from '@nestjs/swagger';
import { Public } from '../access/access.decorators.js';

/** Holds the document once it has been made, which is after all modules are there. */
@Injectable()
export class OpenApi {
  document: OpenAPIObject | undefined;
}

/** The documentation, as a page and as a document; the aliases are the addresses of the originals. */
@ApiTags('Operation')
@Controller()
export class OpenApiController {
  constructor(private readonly openApi: OpenApi) {}

  @Get()
  @Public()
  @Redirect('apidocs') // relative, so that it holds below any base
  @ApiOperation({ summary: 'The start page; leads to the interactive documentation' })
  @ApiResponse({ status: 302, description: 'To `/apidocs`.' })
  start(): void {
    // the decorator says it all
  }

  @Get('api/spec')
  @Public()
  @ApiOperation({ summary: 'The OpenAPI document of this API' })
  @ApiOkResponse({ schema: { type: 'object' } })
  spec(): OpenAPIObject | undefined {
    return this.openApi.document;
  }

  @Get('api/v1.0/spec')
  @Public()
  @ApiExcludeEndpoint()
  specOfProjecty(): OpenAPIObject | undefined {
    return this.openApi.document;
  }

  @Get('application/spec')
  @Public()
  @ApiExcludeEndpoint()
  specOfGateway(): OpenAPIObject | undefined {
    return this.openApi.document;
  }
}
