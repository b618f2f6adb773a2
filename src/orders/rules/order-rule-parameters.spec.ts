import { describe, expect, it } from '@jest/globals';
import { differences, PARAMETERS, parametersOf } from './order-rule-parameters.js';
import { type CompleteSettings, completeSettings, RULES } from './order-rules.js';

const SETTINGS = completeSettings({ allowedAge: 21, invalidStates: ['NJ', 'pa'], validators: RULES });
const changed = (settings: Partial<CompleteSettings>) => differences(SETTINGS, { ...SETTINGS, ...settings });

describe('the parameters of the rules', () => {
  it('are all the settings but which rules are active', () => {
    const { validators: _, ...others } = SETTINGS;
    expect(
      Object.values(PARAMETERS)
        .map(({ setting }) => setting)
        .sort(),
    ).toEqual(Object.keys(others).sort());
  });

  it('have names of their own', () => {
    expect(parametersOf('allowed_age', SETTINGS)).toEqual({ age: 21 });
    expect(parametersOf('email_pattern', SETTINGS)).toEqual({});
  });
});

describe('what differs between two sets of rules', () => {
  it.each<[string, Partial<CompleteSettings>]>([
    ['nothing', {}],
    ['the order of states and their case', { invalidStates: ['PA', 'nj'] }],
    ['a state that is named again', { invalidStates: ['NJ', 'PA', 'nj'] }],
    ['the order of lengths', { zipcodeLengths: [9, 5] }],
    ['the case of endings, and a state without any', { emailEndings: { CA: [], ny: ['.Net'] } }],
  ])('is nothing where it is %s', (_, settings) => {
    expect(changed(settings)).toEqual([]);
  });

  it.each<[Partial<CompleteSettings>, string, unknown, unknown]>([
    [{ allowedAge: 22 }, 'allowed_age', { age: 21 }, { age: 22 }],
    [{ invalidStates: ['NJ'] }, 'allowed_state', { states: ['NJ', 'pa'] }, { states: ['NJ'] }],
    [{ maxZipcodeSum: 0 }, 'zipcode_sum', { max: 20 }, { max: 0 }],
    [{ zipcodeLengths: [5] }, 'zipcode_length', { lengths: [5, 9] }, { lengths: [5] }],
    [
      { emailEndings: { NY: ['.net', '.org'] } },
      'email_state',
      { endings: { NY: ['.net'] } },
      { endings: { NY: ['.net', '.org'] } },
    ],
    [
      { emailEndings: { CA: ['.net'] } },
      'email_state',
      { endings: { NY: ['.net'] } },
      { endings: { CA: ['.net'] } },
    ],
    [{ validators: [] }, 'validators', RULES, []],
    [{ validators: RULES.toReversed() }, 'validators', RULES, RULES.toReversed()],
  ])('%j is told', (settings, what, before, after) => {
    expect(changed(settings)).toEqual([{ what, before, after }]);
  });
});
