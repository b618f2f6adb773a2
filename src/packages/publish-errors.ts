import { type ErrorRenderer, problem } from '../platform/errors/error-renderers.js';

/** Where packages are published. */
export const PUBLISH_PATH = '/package/publish';

/** Errors as clients of the Conductor read them there: nothing for 400, `success: false` for who may not. */
export const publishErrors: ErrorRenderer = (failure, request) => {
  const { status, message, code } = failure;
  const contentType = 'application/json; charset=utf-8';
  if (status === 400) return { contentType, body: '' };
  if (status === 401 || status === 403)
    return { contentType, body: { success: false, error: message, code } };
  return problem(failure, request);
};
