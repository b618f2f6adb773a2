import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readRulesChange } from './order-rules-input.js';
import { ORDER_RULES_MESSAGES } from './order-rules.messages.js';

const faultsOf = (body: unknown) => readRulesChange(body).faults.map(({ path, code }) => `${path}: ${code}`);

describe('a change of the rules', () => {
  it('is what it says, in the letters that the rules are kept in', () => {
    const body = {
      version: 3,
      note: 'why\nnot',
      validators: ['allowed_age', 'zipcode_sum'],
      parameters: {
        allowed_age: { age: 0 },
        allowed_state: { states: ['ny', 'Pa'] },
        zipcode_sum: { max: 108 },
        zipcode_length: { lengths: [12, 1] },
        email_state: { endings: { ca: ['.ORG', '@b.co'], WA: [] } },
      },
    };
    expect(readRulesChange(body)).toEqual({
      faults: [],
      change: {
        version: 3,
        note: 'why\nnot',
        settings: {
          validators: ['allowed_age', 'zipcode_sum'],
          allowedAge: 0,
          invalidStates: ['NY', 'PA'],
          maxZipcodeSum: 108,
          zipcodeLengths: [12, 1],
          emailEndings: { CA: ['.org', '@b.co'], WA: [] },
        },
      },
    });
    expect(readRulesChange({ note: null }).change).toEqual({ settings: {}, version: undefined, note: null });
  });

  it('is told all its faults', () => {
    expect(
      faultsOf({
        version: 1.5,
        note: '\u0007',
        colour: 1,
        validators: ['x', 'allowed_age', 'allowed_age'],
        parameters: { x: {}, email_pattern: {}, zipcode_length: { lengths: [], max: 1 } },
      }),
    ).toEqual([
      'colour: unknown_field',
      'validators.0: unknown_rule',
      'validators.2: twice',
      'parameters.x: unknown_rule',
      'parameters.email_pattern: no_parameters',
      'parameters.zipcode_length.max: unknown_field',
      'parameters.zipcode_length.lengths: empty',
      'version: integer',
      'note: note',
    ]);
    expect(readRulesChange({ parameters: {} }, ['version', 'note']).faults).toHaveLength(1);
  });

  it('may be anything, and is then refused in words that both languages have', () => {
    const parameter = fc.record(
      {
        age: fc.jsonValue(),
        states: fc.jsonValue(),
        max: fc.jsonValue(),
        lengths: fc.jsonValue(),
        endings: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    const parameters = fc.dictionary(
      fc.constantFrom('allowed_age', 'allowed_state', 'zipcode_sum', 'zipcode_length', 'email_state', 'x'),
      fc.oneof(parameter, fc.jsonValue()),
    );
    const body = fc.record(
      { version: fc.jsonValue(), note: fc.jsonValue(), validators: fc.jsonValue(), parameters },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(body, fc.jsonValue(), fc.anything()), (anything) => {
        for (const { code, path } of readRulesChange(anything).faults) {
          expect(ORDER_RULES_MESSAGES.en).toHaveProperty([`orders.rules_${code}`]);
          expect(ORDER_RULES_MESSAGES.pt).toHaveProperty([`orders.rules_${code}`]);
          expect(path.length).toBeLessThan(200);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
