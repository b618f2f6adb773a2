import type { FastifyRequest } from 'fastify';
import type { Strategy } from 'passport';

/** A passport strategy found the credentials missing or malformed, without an error of its own. */
export class CredentialsRefused extends Error {
  override readonly name = 'CredentialsRefused';
}

/** A strategy as passport prepares it for one request. */
interface Run<T> {
  success(user: T): void;
  fail(reason: unknown): void;
  error(error: unknown): void;
  authenticate(request: FastifyRequest, options: object): void;
}

/**
 * Runs a passport strategy on a request and resolves with what its `validate` returned. Rejects with the error of
 * the strategy, or `CredentialsRefused`. The guard needs an actor or an error, not passport's own answer to the
 * client, and this way one place decides for every kind of credential.
 */
export function runStrategy<T>(strategy: Strategy, request: FastifyRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    const run = Object.create(strategy) as Run<T>;
    run.success = resolve;
    run.fail = (reason) => reject(reason instanceof Error ? reason : new CredentialsRefused());
    run.error = reject;
    run.authenticate(request, {});
  });
}
