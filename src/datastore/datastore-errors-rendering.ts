import { type ErrorRenderer, problem } from '../platform/errors/error-renderers.js';
import { PLAN_LIMIT_EXCEEDED } from './datastore.errors.js';

const TEXT = 'text/plain; charset=utf-8';

/** Of the upload services: nothing with a 401, and the limit of a plan as a text for people. */
export const uploadErrors: ErrorRenderer = (failure, request) => {
  if (failure.status === 401) return { contentType: TEXT, body: '' };
  if (failure.code === PLAN_LIMIT_EXCEEDED) return { contentType: TEXT, body: failure.message };
  return problem(failure, request);
};
