import { EnvError, makeExactValidator } from 'envalid';
import { configSection } from '../platform/config/config-section.js';
import { integer } from '../platform/config/variables.js';
import { MAX_EXPIRY } from '../storage/index.js';

const OWNERS_FIRST = /^\{owner\}\/[^{}]*(?:\{\w+\}[^{}]*)+$/;

/** Without the owner in front, two users could have one key. */
const pathPattern = makeExactValidator<string>((input) => {
  if (!OWNERS_FIRST.test(input)) {
    throw new EnvError('must begin with {owner}/ and go on with other variables, such as {dataset}/{path}');
  }
  return input;
});

/** How uploads are authorised. */
export class DatastoreConfig extends configSection('Datastore', {
  STORAGE_PATH_PATTERN: pathPattern({
    default: '{owner}/{md5_hex}',
    desc: 'keys of files uploaded through /rawstore; of {owner}, {dataset}, {path}, {dirname}, {basename}, {extension}, {md5}, {md5_hex} and what else a file has',
  }),
  UPLOAD_URL_SECONDS: integer({ min: 60, max: MAX_EXPIRY })({
    default: 259_200,
    desc: 'for how long an upload may begin after it was authorised',
  }),
  UPLOAD_MAX_FILES: integer({ min: 1, max: 10_000 })({
    default: 1000,
    desc: 'most files of one authorisation',
  }),
}) {}
