import type { FastifyRequest } from 'fastify';

/**
 * Lets what is left of a body pass by. A sender that is cut off in the middle often does not get to see the answer.
 * @param most bytes after which it is cut off all the same
 */
export function passOverRest({ raw }: FastifyRequest, most: number): void {
  let left = most;
  raw.unpipe();
  raw.on('data', ({ length }: Buffer) => {
    left -= length;
    if (left < 0) raw.destroy();
  });
  raw.resume();
}
