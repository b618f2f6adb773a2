import type { ErrorRenderer } from '../platform/errors/error-renderers.js';

/** Where packages are published. */
export const PUBLISH_PATH = '/package/publish';

/** Errors as clients of the Conductor read them there: `success: false`, or nothing at all for 400. */
export const publishErrors: ErrorRenderer = ({ status, message, code }, { id }) => ({
  contentType: 'application/json; charset=utf-8',
  body: status === 400 ? '' : { success: false, error: message, code, requestId: id },
});
