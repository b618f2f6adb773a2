import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Field, ours, theirs, written } from '../../../test/support/tableschema-oracle.js';

interface Comparison {
  readonly field: Field;
  /** Good texts; parts of them are mixed with each other and with signs. */
  readonly samples: readonly string[];
  readonly signs: string;
  /** Where we mean to differ, and why. */
  readonly differs: readonly (readonly [why: string, when: (text: string) => boolean])[];
}

const BLANKS = [
  'blanks around a value are passed over; blanks alone are no value',
  (text: string) => text.trim() !== text,
] as const;
const BLANK = ['blanks alone are no value', (text: string) => text.trim() === ''] as const;
const NUMBERS = {
  samples: ['0', '42', '-7', '1234', '9007199254740993', '00012', '+5', '-0'],
  signs: '0123456789-+., e',
};
const LONG = [
  'numbers keep the digits that floating point loses',
  (text: string) => text.replace(/\D/g, '').length > 15,
] as const;
const CLOCK = { samples: ['12:30:45', '00:00:00', '23:59:59'], signs: '0123456789:' };

/** GeoJSON is not among them: the oracle refuses all of it. */
const COMPARISONS: Comparison[] = [
  {
    field: { type: 'integer' },
    ...NUMBERS,
    differs: [BLANKS, LONG, ['a plus and leading zeros are digits too', (text) => /^(\+|-?0)/.test(text)]],
  },
  {
    field: { type: 'number' },
    samples: [
      ...NUMBERS.samples,
      '1.5',
      '.5',
      '5.',
      '-1e5',
      '2.5E-3',
      'NaN',
      'INF',
      '-INF',
      'Infinity',
      '0x1F',
    ],
    signs: `${NUMBERS.signs}xINFA`,
    differs: [
      BLANKS,
      ['blanks inside are no part of a number unless they are the groupChar', (text) => /\s/.test(text)],
      ['other bases and "Infinity" are no numbers of Table Schema', (text) => /0[xbo]|Infinity/i.test(text)],
      ['numbers too large for a double are numbers', (text) => /e[+-]?\d{3}/i.test(text)],
    ],
  },
  {
    field: { type: 'number', decimalChar: ',', groupChar: ' ' },
    samples: ['1 234,5', '12,25', '1 234 567', '-3'],
    signs: '0123456789 ,-',
    differs: [
      [
        'a groupChar stands between groups',
        (text) => /\s/.test(text) && !/^-?\d{1,3}( \d{3})*(,\d*)?$/.test(text),
      ],
      ['a sign stands once', (text) => text.split(',').length > 2],
    ],
  },
  {
    field: { type: 'boolean' },
    samples: ['true', 'False', 'TRUE', '1', '0', 'yes'],
    signs: 'tTrR10 ',
    differs: [BLANK],
  },
  {
    field: { type: 'boolean', trueValues: ['sim', 'x'], falseValues: ['não'] },
    samples: ['sim', 'x', 'não', 'true'],
    signs: 'simxnão ',
    differs: [BLANK],
  },
  {
    field: { type: 'date' },
    samples: ['2024-02-29', '1999-12-31', '2023-02-29', '2024-1-1'],
    signs: '0123456789-/',
    differs: [['the calendar has no year 0', (text) => text.startsWith('0000')]],
  },
  {
    field: { type: 'date', format: '%d/%m/%Y' },
    samples: ['29/02/2024', '31/12/1999', '30/02/2024'],
    signs: '0123456789/',
    differs: [
      ['the calendar has no year 0', (text) => text.endsWith('0000')],
      ['a day and a month may have one digit, as in Python', (text) => /^(\d\/|\d\d\/\d\/)/.test(text)],
    ],
  },
  {
    field: { type: 'time' },
    ...CLOCK,
    differs: [['24:00:00 is no time of a day', (text) => text.startsWith('24:')]],
  },
  {
    field: { type: 'datetime' },
    samples: ['2024-02-29T12:30:45Z', '1999-12-31T00:00:00Z'],
    signs: '0123456789-:TZ ',
    differs: [
      BLANKS,
      ['24:00:00 is no time of a day', (text) => text.includes('T24:')],
      ['the calendar has no year 0', (text) => text.startsWith('0000')],
    ],
  },
  {
    field: { type: 'year' },
    samples: ['2024', '1000', '24', '0999'],
    signs: '0123456789-',
    differs: [
      ['leading zeros are digits too', (text) => /^0\d{3}$/.test(text)],
      ['a year has four digits', (text) => /^-\d{3}$/.test(text)],
    ],
  },
  {
    field: { type: 'yearmonth' },
    samples: ['2024-02', '1999-12', '2024-13', '2024-1'],
    signs: '0123456789-',
    differs: [['a month is written YYYY-MM', (text) => !/^\d{4}-\d\d$/.test(text)]],
  },
  {
    field: { type: 'duration' },
    samples: ['P1Y2M10DT2H30M', 'P1W', 'PT36H', 'P1.5D', 'PT1.5S', 'P1M'],
    signs: 'PYMDTHS1250.',
    differs: [
      ['a fraction may stand in every part', (text) => /\.\d*[A-Z].*\d/.test(text)],
      ['no time at all is a duration', (text) => !/[1-9]/.test(text)],
      [
        'what is not written as ISO 8601 has it is refused',
        (text) => !/^P(\d+(\.\d+)?[YMWD])*(T(\d+(\.\d+)?[HMS])+)?$/.test(text),
      ],
      [
        'in the order of ISO 8601',
        (text) => !/^P(.+Y)?([^TY]+M)?([^TYM]+W)?([^TYMW]+D)?(T([^T]+H)?([^TH]+M)?([^THM]+S)?)?$/.test(text),
      ],
    ],
  },
  {
    field: { type: 'geopoint' },
    samples: ['90.5,45.5', '-180, 90', '181,0', '1,2,3'],
    signs: '0123456789,.- ',
    differs: [
      ['a point has two numbers', (text) => text.split(',').length !== 2],
      ['a blank is no number', (text) => text.split(',').some((part) => part.trim() === '')],
      BLANKS,
    ],
  },
  {
    field: { type: 'geopoint', format: 'array' },
    samples: ['[90.5,45.5]', '[-180, 90]', '[1,2,3]', '["4","5"]'],
    signs: '0123456789,.-[]"',
    differs: [
      ['a point has two numbers', (text) => text.split(',').length !== 2],
      ['an empty text is no number', (text) => text.includes('""')],
      ['a list is no number', (text) => /\[.*\[/.test(text)],
    ],
  },
  {
    field: { type: 'object' },
    samples: ['{"a": 1}', '{}', '{"a": {"b": [1, "x"]}}', '[1]', '"x"'],
    signs: '{}[]":,a1 ',
    differs: [BLANK],
  },
  {
    field: { type: 'array' },
    samples: ['[1, 2]', '[]', '[{"a": 1}]', '{"a": 1}'],
    signs: '{}[]":,a1 ',
    differs: [BLANK],
  },
  ...['email', 'uuid', 'binary'].map((format) => ({
    field: { type: 'string', format },
    samples: ['me@example.org', '123e4567-e89b-42d3-a456-426614174000', 'dGV4dA==', 'a.b+c@d-e.museum'],
    signs: 'a1@.-= ',
    differs: [],
  })),
  {
    field: { type: 'string', format: 'uri' },
    samples: ['https://example.org/a?b#c', 'http://a.b.org:8080/', 'ftp://example.org'],
    signs: 'a1:/.#?',
    differs: [
      [
        'every URI is one, not only those of the public web',
        (text) =>
          URL.canParse(text) &&
          !/^(https?|ftp):\/\/[a-z\d-]+(\.[a-z\d-]+)*\.[a-z]{2,}(:\d+)?([/?#]|$)/.test(text),
      ],
      ['a URI is what can be parsed as one', (text) => !URL.canParse(text)],
    ],
  },
  { field: { type: 'string' }, samples: ['a', ' b '], signs: 'ab ', differs: [] },
  { field: { type: 'any' }, samples: ['a', ' b '], signs: 'ab ', differs: [] },
];

/** Texts made of the samples: whole, cut, and with signs put in. */
function texts({ samples, signs }: Comparison): fc.Arbitrary<string> {
  const sample = fc.constantFrom(...samples);
  const sign = fc.constantFrom(...signs);
  const changed = fc
    .tuple(sample, fc.nat(30), fc.nat(2), fc.array(sign, { maxLength: 2 }))
    .map(([text, at, cut, put]) => {
      const place = at % (text.length + 1);
      return text.slice(0, place) + put.join('') + text.slice(place + cut);
    });
  return fc.oneof(
    sample,
    changed,
    changed,
    fc.array(sign, { maxLength: 8 }).map((all) => all.join('')),
  );
}

describe('a cell is what tableschema takes it for', () => {
  it.each(COMPARISONS.map((comparison) => [JSON.stringify(comparison.field), comparison] as const))(
    '%s, but for the differences that we mean',
    (_, comparison) => {
      const [mine, other] = [ours(comparison.field), theirs(comparison.field)];
      let same = 0;
      fc.assert(
        fc.property(texts(comparison), (text) => {
          const [found, expected] = [mine(text), other(text)];
          const isMeant = comparison.differs.some(([, when]) => when(text));
          if (isMeant) return;
          same += 1;
          const value =
            comparison.field.type === 'duration' && typeof found === 'string' ? 'a duration' : found;
          expect([text, written(value)]).toEqual([text, written(expected)]);
        }),
        { numRuns: 1500 },
      );
      expect(same).toBeGreaterThan(100);
    },
  );

  it.each<[Field, string[]]>([
    [{ type: 'string', constraints: { minLength: 2, maxLength: 3 } }, ['a', 'ab', 'abc', 'abcd', '']],
    [{ type: 'string', constraints: { enum: ['a', 'b'] } }, ['a', 'c', '']],
    [{ type: 'string', constraints: { required: true } }, ['a', '']],
    [{ type: 'string', constraints: { pattern: '^[a-c]+$' } }, ['abc', 'abd', '']],
    [{ type: 'integer', constraints: { minimum: 2, maximum: 5 } }, ['1', '2', '5', '6', '']],
    [{ type: 'number', constraints: { minimum: '2.5' } }, ['2.49', '2.5', '10']],
    [{ type: 'date', constraints: { minimum: '2024-01-01' } }, ['2023-12-31', '2024-01-01']],
    [{ type: 'integer', constraints: { enum: [1, 2] } }, ['1', '3']],
    [{ type: 'array', constraints: { minLength: 1 } }, ['[]', '[1]']],
  ])('%j holds for the same values', (field, samples) => {
    const [mine, other] = [ours(field), theirs(field)];
    expect(samples.map(mine)).toEqual(samples.map(other));
  });
});
