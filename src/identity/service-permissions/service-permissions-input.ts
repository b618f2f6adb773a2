import { ServicePermissionsInvalidError } from './permissions.errors.js';
import type { ServicePermissions } from './service-permission-layers.js';

/** Two rows of this size still make a token that fits into a header. */
const MAX_BYTES = 4_096;
const PERMISSION_NAME = /^[A-Za-z0-9][\w.:-]{0,63}$/;
/** What PostgreSQL does not store within JSON: NUL and halves of surrogate pairs. */
const UNSTORABLE = /\\u(?:0000|d[89a-f][0-9a-f]{2})/;

/** The permissions that somebody sent for a row. Throws `ServicePermissionsInvalidError`. */
export function parseServicePermissions(input: unknown): ServicePermissions {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw new ServicePermissionsInvalidError('names with values, like {"datapackage-upload": true}');
  const names = Object.keys(input);
  if (!names.every((name) => PERMISSION_NAME.test(name)))
    throw new ServicePermissionsInvalidError(
      'a name has 1 to 64 letters, digits, dots, colons, dashes or underscores',
    );
  const json = JSON.stringify(input);
  if (Buffer.byteLength(json) > MAX_BYTES)
    throw new ServicePermissionsInvalidError(`it has ${MAX_BYTES} bytes at most`);
  if (UNSTORABLE.test(json.replaceAll('\\\\', '')))
    throw new ServicePermissionsInvalidError('texts are valid Unicode, without NUL');
  return input as ServicePermissions;
}
