import { isBase64, isEmail, isUUID } from 'class-validator';
import type { FieldType } from './field-type.js';

const BOOLEANS = {
  trueValues: ['true', 'True', 'TRUE', '1'],
  falseValues: ['false', 'False', 'FALSE', '0'],
} as const;

/** A longer text is no address, and a check of it would take long. */
const MAX_EMAIL = 320;

const FORMATS: Readonly<Record<string, { isOne: (text: string) => boolean; message: string }>> = {
  email: {
    isOne: (text) => text.length <= MAX_EMAIL && isEmail(text),
    message: 'is not an e-mail address. Write it as name@example.org.',
  },
  uri: {
    isOne: (text) => !/\s/.test(text) && URL.canParse(text),
    message: 'is not a URI. Write it with its scheme, such as https://example.org/.',
  },
  uuid: {
    isOne: (text) => isUUID(text),
    message: 'is not a UUID. Write it as 123e4567-e89b-42d3-a456-426614174000.',
  },
  binary: { isOne: (text) => isBase64(text), message: 'is not Base64. Encode the bytes so.' },
};

/** The formats of `string`. */
export const STRING_FORMATS = ['default', ...Object.keys(FORMATS)];

/** The type `string` in one of its formats; a text is kept as it is, blanks included. */
export function stringType(format = 'default'): FieldType {
  const known = format === 'default' ? undefined : FORMATS[format];
  return {
    cast: known === undefined ? (text) => text : (text) => (known.isOne(text) ? text : undefined),
    explain: () => known?.message ?? 'is not a text.',
    lengthOf: characters,
    isJson: false,
    isTrimmed: false,
  };
}

/** The type `boolean`; the field may say which texts stand for true and false. */
export function booleanType(trueValues?: readonly string[], falseValues?: readonly string[]): FieldType {
  const [trues, falses] = [trueValues ?? BOOLEANS.trueValues, falseValues ?? BOOLEANS.falseValues];
  const meanings = new Map([
    ...falses.map((text) => [text, 'false'] as const),
    ...trues.map((text) => [text, 'true'] as const),
  ]);
  return {
    cast: (text) => meanings.get(text),
    castTyped: (text) => (text === 'true' || text === 'false' ? text : undefined),
    explain: () => `is not a boolean. Write ${some(trues)} for true and ${some(falses)} for false.`,
    isJson: true,
    isTrimmed: true,
  };
}

function some(values: readonly string[]): string {
  return values
    .slice(0, 4)
    .map((value) => `"${value.slice(0, 20)}"`)
    .join(' or ');
}

/** Characters as people count them, not the halves that some are stored in. */
function characters(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length - 1; at++) {
    const isHigh = (text.charCodeAt(at) & 0xfc00) === 0xd800;
    if (isHigh && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00) count--;
  }
  return count;
}
