import { applyDecorators } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiParam,
  ApiQuery,
  ApiResponse,
} from '@nestjs/swagger';
import { ApiProblem } from '../../platform/http/api-problem.decorator.js';

const REFUSED = 'The address is not signed for this, was changed, or has expired.';
const MISMATCH =
  'The content has not the length or the MD5 that was announced, or did not arrive to its end, or the name is not allowed.';

/** The object that a route is about. */
export const ApiObjectKey = () =>
  ApiParam({
    name: 'path',
    description: 'Key of the object: names with slashes between.',
    schema: { type: 'string' },
    example: '9b74c9897bac770ffc029102a200c5de/budget/data/2026.csv',
  });

const SIGNED: readonly (readonly [name: string, description: string, schema?: object])[] = [
  ['expires', 'When the address ceases to be good, in seconds since 1970.', { type: 'integer' }],
  ['keyid', 'Which key it is signed with.'],
  ['signature', 'The signature over method, key and all of these.'],
];

const ApiSigned = (...others: (readonly [name: string, description: string, schema?: object])[]) =>
  applyDecorators(
    ...[...others, ...SIGNED].map(([name, description, schema = { type: 'string' }]) =>
      ApiQuery({ name, description, schema, required: false }),
    ),
    ApiProblem(403, REFUSED),
  );

const ApiUpload = () =>
  applyDecorators(
    ApiProblem(400, MISMATCH),
    ApiProblem(413, 'The file is larger than `UPLOAD_LIMIT`.'),
    ApiProblem(503, 'The object store does not answer.'),
    ApiProblem(507, 'There is no space left.'),
  );

/** What a PUT takes and answers. */
export const ApiObjectWrite = () =>
  applyDecorators(
    ApiSigned(
      ['length', 'Length of the content in bytes.', { type: 'integer' }],
      ['md5', 'MD5 of the content, in hexadecimal.'],
      ['type', 'What `Content-Type` must say; without it, anything.'],
    ),
    ApiHeader({
      name: 'Content-MD5',
      description: 'MD5 of the content, in base64.',
      schema: { type: 'string' },
      required: false,
    }),
    ApiConsumes('application/octet-stream'),
    ApiBody({ schema: { type: 'string', format: 'binary' }, description: 'The content.' }),
    ApiOkResponse({ description: 'The file has been stored.' }),
    ApiUpload(),
  );

/** What a form has, and its answer. */
export const ApiObjectForm = () =>
  applyDecorators(
    ApiConsumes('multipart/form-data'),
    ApiBody({
      schema: {
        type: 'object',
        properties: {
          acl: { type: 'string', example: 'private' },
          'Content-MD5': { type: 'string', example: 'XUFAKrxLKna5cZ2REBfFkg==' },
          'Content-Type': { type: 'string', example: 'text/csv' },
          key: {
            type: 'string',
            example: '9b74c9897bac770ffc029102a200c5de/5d41402abc4b2a76b9719d911017c592',
          },
          policy: { type: 'string', description: 'What is signed.' },
          'x-amz-algorithm': { type: 'string', example: 'SIGNALBOX-HMAC-SHA256' },
          'x-amz-credential': { type: 'string' },
          'x-amz-date': { type: 'string', example: '20261123T120000Z' },
          'x-amz-signature': { type: 'string' },
          file: { type: 'string', format: 'binary', description: 'The content; last.' },
        },
      },
    }),
    ApiNoContentResponse({ description: 'The file has been stored.' }),
    ApiProblem(403, 'The form is not signed, was changed, or has expired.'),
    ApiUpload(),
  );

const FILE = { schema: { type: 'string', format: 'binary' } };

/** What a GET takes and answers. */
export const ApiObjectRead = () =>
  applyDecorators(
    ApiSigned(['download', 'Name under which a browser saves the file.']),
    ApiHeader({
      name: 'Range',
      description: 'The part that is wanted.',
      schema: { type: 'string' },
      required: false,
      example: 'bytes=0-1023',
    }),
    ApiOkResponse({
      description: 'The file.',
      headers: {
        ETag: { description: 'Another one for each content.', schema: { type: 'string' } },
        'Accept-Ranges': { schema: { type: 'string', enum: ['bytes'] } },
      },
      content: {
        'text/csv': { schema: { type: 'string' }, example: 'year,amount\r\n2026,100\r\n' },
        'application/json': { schema: {} },
        'application/octet-stream': FILE,
      },
    }),
    ApiResponse({
      status: 206,
      description: 'The part that was asked for; `Content-Range` says which it is.',
      content: { 'application/octet-stream': FILE },
    }),
    ApiResponse({ status: 304, description: 'The caller has it already.' }),
    ApiResponse({
      status: 307,
      description: 'The file lies with another service; `Location` is good for a few minutes.',
      headers: { Location: { schema: { type: 'string', format: 'uri' } } },
    }),
    ApiProblem(400, 'The key is not one.'),
    ApiProblem(401, 'The token of who comes without a signature does not hold.'),
    ApiProblem(404, 'There is no such file.'),
    ApiProblem(409, 'The file was replaced while it was being opened.'),
    ApiProblem(416, 'The file ends before that part.'),
    ApiProblem(503, 'The object store does not answer.'),
  );
