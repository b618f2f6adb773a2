import secureJson from 'secure-json-parse';
import { isShallow } from '../../platform/json/is-shallow.js';
import { isObject } from '../problem.js';
import { DescriptorError } from '../tabular.errors.js';

/** Deeper than any descriptor is. */
const MAX_DEPTH = 64;

/**
 * Reads the JSON of a descriptor: UTF-8, an object, not too deep, without names that would reach into prototypes. How
 * long it may be is for the caller to say, before it is read. References (`$ref`) are not followed.
 * @throws DescriptorError
 */
export function parseDescriptor(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    value = secureJson.parse(text, undefined, { protoAction: 'error', constructorAction: 'error' });
  } catch (error) {
    throw new DescriptorError(`is not valid JSON in UTF-8: ${(error as Error).message}`);
  }
  if (!isObject(value))
    throw new DescriptorError('is not a JSON object. Write it as {"name": ..., "resources": [...]}');
  if (!isShallow(value, MAX_DEPTH))
    throw new DescriptorError(`is nested deeper than ${MAX_DEPTH} levels. Flatten it`);
  return value;
}
