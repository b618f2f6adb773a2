import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  completeSettings,
  fullYears,
  judgeOf,
  type JudgedOrder,
  OrderJudge,
  RULES,
  type RuleName,
  type RuleSettings,
  type Verdict,
} from './order-rules.js';

const TODAY = '2026-06-15';
const SETTINGS: RuleSettings = {
  allowedAge: 21,
  invalidStates: ['NJ', 'CT', 'PA', 'MS', 'IL', 'ID', 'OR'],
  validators: RULES,
};
const GOOD: JudgedOrder = { state: 'NY', email: 'ann@example.com', zipcode: '11197', birthday: '1963-02-27' };

function judge(order: Partial<JudgedOrder>, settings: Partial<RuleSettings> = {}): Verdict {
  return new OrderJudge({ ...SETTINGS, ...settings }, TODAY).judge({ ...GOOD, ...order });
}

/** The rules that an order breaks. */
function broken(order: Partial<JudgedOrder>): RuleName[] {
  return judge(order).errors.map(({ rule }) => rule);
}

describe('an order that breaks no rule', () => {
  it('is valid', () => {
    expect(judge({})).toEqual({ valid: true, autoValid: false, errors: [], zipcode: '11197' });
  });
});

describe('allowed_state', () => {
  it.each(['NJ', 'CT', 'PA', 'MS', 'IL', 'ID', 'OR', 'nj', 'Pa'])(
    'refuses %s and says it as it was written',
    (state) => {
      expect(judge({ state })).toEqual({
        valid: false,
        autoValid: false,
        errors: [{ rule: 'allowed_state', params: { state } }],
        zipcode: '11197',
      });
    },
  );

  it.each(['NY', 'CA', '', 'N', ' P'])('takes %p', (state) => {
    expect(broken({ state })).toEqual([]);
  });

  it('does not mind how the configuration writes a state', () => {
    expect(judge({ state: 'KY' }, { invalidStates: ['ky'] }).valid).toBe(false);
    expect(judge({ state: 'NJ' }, { invalidStates: [] }).valid).toBe(true);
  });
});

describe('email_pattern', () => {
  it.each([
    'a@b.co',
    'A.b_c%d+e-f@sub.example.com',
    'ligula.Aliquam.erat@semperegestasurna.com',
    'a@b.co.uk',
    'a@-.com',
    'a@..com',
    'a@a.b.c.d.museum',
  ])('takes %s', (email) => {
    expect(broken({ email })).toEqual([]);
  });

  it.each([
    '',
    'a',
    '@b.co',
    'a@',
    'a@b',
    'a@b.c',
    'a@.co',
    'a b@c.de',
    'a@b.co ',
    ' a@b.co',
    'a@b.c0m',
    'a@b@c.com',
    'á@b.co',
    'a@b.co\n',
  ])('refuses %p', (email) => {
    expect(broken({ email })).toEqual(['email_pattern']);
  });

  it('is quick with an address made to be slow', () => {
    const start = performance.now();
    broken({ email: `a@${'a.aa'.repeat(80)}!` });
    expect(performance.now() - start).toBeLessThan(100);
  });
});

describe('zipcode_sum and zipcode_length', () => {
  it.each([
    ['11197', 19, '11197'],
    ['99200', 20, '99200'],
    ['11111*1111', 9, '111111111'],
    ['1-1-1-1-1', 5, '11111'],
    ['a1b1c1d1e1', 5, '11111'],
  ])('take %s, whose digits sum up to %i, and keep %s', (zipcode, _, kept) => {
    expect(judge({ zipcode })).toEqual({ valid: true, autoValid: false, errors: [], zipcode: kept });
  });

  it.each([
    ['99210', ['zipcode_sum'], '99210'],
    ['9-9-2-1-0', ['zipcode_sum'], '99210'],
    ['1234', ['zipcode_length'], '1234'],
    ['1-2-3-4', ['zipcode_length'], '1234'],
    ['123456', ['zipcode_sum', 'zipcode_length'], '123456'],
    ['12-34-56', ['zipcode_sum', 'zipcode_length'], '12-34-56'],
    ['', ['zipcode_length'], ''],
    ['abc', ['zipcode_length'], ''],
    ['11 11', [], '11 11'],
    ['1.1.1', [], '1.1.1'],
    ['11111 1111', ['zipcode_length'], '11111 1111'],
    ['99 99', ['zipcode_sum'], '99 99'],
    ['١١١١١', ['zipcode_length'], ''],
  ])('find in %p: %p, and keep %p', (zipcode, rules, kept) => {
    expect(judge({ zipcode })).toEqual({
      valid: rules.length === 0,
      autoValid: false,
      errors: rules.map((rule) => ({ rule })),
      zipcode: kept,
    });
  });

  it('leave the zipcode as it is when they are switched off', () => {
    expect(judge({ zipcode: '9-9' }, { validators: ['allowed_state'] })).toEqual({
      valid: true,
      autoValid: false,
      errors: [],
      zipcode: '9-9',
    });
    expect(judge({ zipcode: '9-9-9' }, { validators: ['zipcode_length'] }).zipcode).toBe('9-9-9');
    expect(judge({ zipcode: '1-1' }, { validators: ['zipcode_sum'] }).zipcode).toBe('11');
  });

  it('clean and sum up any zipcode', () => {
    const text = fc.string({ unit: fc.constantFrom(...'0123456789-* .x'), maxLength: 12 });
    fc.assert(
      fc.property(text, (zipcode) => {
        const clean = [...zipcode].filter((character) => '0123456789 .\n'.includes(character)).join('');
        const sum = [...clean].reduce(
          (total, character) => total + (/\d/.test(character) ? Number(character) : 0),
          0,
        );
        const expected = [
          ...(sum > 20 ? ['zipcode_sum'] : []),
          ...(clean.length === 5 || clean.length === 9 ? [] : ['zipcode_length']),
        ];
        const verdict = judge({ zipcode });
        expect(verdict.errors.map(({ rule }) => rule)).toEqual(expected);
        expect(verdict.zipcode).toBe(expected.length === 2 ? zipcode : clean);
      }),
    );
  });
});

describe('email_state', () => {
  it.each([
    ['NY', 'a@b.net'],
    ['ny', 'a@b.NET'],
    ['Ny', 'a@b.c.nEt'],
  ])('refuses %s with %s', (state, email) => {
    expect(broken({ state, email })).toEqual(['email_state']);
  });

  it.each([
    ['NV', 'a@b.net'],
    ['NY', 'a@b.net.com'],
    ['NY', 'a.net@b.com'],
    ['NY', 'a@b.inet'],
  ])('takes %s with %s', (state, email) => {
    expect(broken({ state, email })).toEqual([]);
  });
});

describe('allowed_age', () => {
  it.each([
    ['2005-06-15', []],
    ['2005-06-16', ['allowed_age']],
    ['2005-06-14', []],
    ['2005-07-01', ['allowed_age']],
    ['2005-12-31', ['allowed_age']],
    ['2005-01-01', []],
    ['2004-12-31', []],
    ['2030-01-01', ['allowed_age']],
    ['0001-01-01', []],
  ])('judges who was born on %s: %p', (birthday, rules) => {
    expect(broken({ birthday })).toEqual(rules);
  });

  it('says which age it wants', () => {
    expect(judge({ birthday: '2020-01-01' }, { allowedAge: 18 }).errors).toEqual([
      { rule: 'allowed_age', params: { age: 18 } },
    ]);
    expect(judge({ birthday: '2020-01-01' }, { allowedAge: 0 }).valid).toBe(true);
  });

  it('counts a year from the birthday on, one of a leap day from the first of March on', () => {
    expect(fullYears('2004-02-29', '2025-02-28')).toBe(20);
    expect(fullYears('2004-02-29', '2025-03-01')).toBe(21);
    expect(fullYears('2004-02-29', '2024-02-29')).toBe(20);
  });

  it('counts the birthdays that have been', () => {
    const date = fc.date({ min: new Date('1900-01-01'), max: new Date('2100-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(date, date, (a, b) => {
        const [birthday, today] = [a, b].sort((one, other) => one.getTime() - other.getTime()) as [
          Date,
          Date,
        ];
        const key = (day: Date) => day.getUTCMonth() * 100 + day.getUTCDate();
        let birthdays = 0;
        for (let year = birthday.getUTCFullYear() + 1; year <= today.getUTCFullYear(); year++) {
          if (year < today.getUTCFullYear() || key(birthday) <= key(today)) birthdays++;
        }
        expect(fullYears(birthday.toISOString().slice(0, 10), today.toISOString().slice(0, 10))).toBe(
          birthdays,
        );
      }),
    );
  });
});

describe('other parameters', () => {
  it('of zipcodes: how much their digits may add up to, and how many they may be', () => {
    const rules = (zipcode: string, settings: Partial<RuleSettings>) =>
      judge({ zipcode }, settings).errors.map(({ rule }) => rule);
    expect(rules('99999', { maxZipcodeSum: 45 })).toEqual([]);
    expect(rules('99999', { maxZipcodeSum: 44 })).toEqual(['zipcode_sum']);
    expect(rules('10000', { maxZipcodeSum: 0 })).toEqual(['zipcode_sum']);
    expect(rules('1111', { zipcodeLengths: [4] })).toEqual([]);
    expect(rules('11111', { zipcodeLengths: [4, 6] })).toEqual(['zipcode_length']);
  });

  it('of e-mail addresses: which ends are not taken from which state; the order is told both', () => {
    const emailEndings = { Ny: ['.NET'], ca: ['.org', '@Spam.example'] };
    const errors = (state: string, email: string) => judge({ state, email }, { emailEndings }).errors;
    const named = (ending: string) => [
      { rule: 'email_state', params: { state: 'CA', ending, context: 'named' } },
    ];
    expect(errors('NY', 'a@b.net')).toEqual([{ rule: 'email_state' }]);
    expect(errors('Ca', 'a@b.ORG')).toEqual(named('.org'));
    expect(errors('CA', 'a@spam.EXAMPLE')).toEqual(named('@spam.example'));
    expect(errors('CA', 'a@b.net')).toEqual([]);
    expect(judge({ state: 'NY', email: 'a@b.net' }, { emailEndings: {} }).valid).toBe(true);
  });
});

describe('settings that were stored before there was a parameter', () => {
  it('are filled with what has always held', () => {
    expect(completeSettings(SETTINGS)).toEqual({
      ...SETTINGS,
      maxZipcodeSum: 20,
      zipcodeLengths: [5, 9],
      emailEndings: { NY: ['.net'] },
    });
    expect(completeSettings({ ...SETTINGS, maxZipcodeSum: 0 }).maxZipcodeSum).toBe(0);
  });

  const text = (characters: string, maxLength: number) =>
    fc.string({ unit: fc.constantFrom(...characters), maxLength });
  const anyOrder = fc.record<JudgedOrder>({
    state: fc.oneof(fc.constantFrom('NY', 'ny', 'PA', 'or', 'WA'), fc.string({ maxLength: 2 })),
    email: fc
      .tuple(text('ab.@', 6), fc.constantFrom('.net', '.NeT', '.com', '@b.net', '@c.org', ''))
      .map((parts) => parts.join('')),
    zipcode: text('0123456789-* .', 12),
    birthday: fc.constantFrom('1960-01-01', '2005-06-15', '2005-06-16', '2020-12-31'),
  });

  // The rules as they were when their parameters were part of the code.
  const broke: Record<RuleName, (order: JudgedOrder, clean: string) => boolean> = {
    allowed_state: ({ state }) => SETTINGS.invalidStates.includes(state.toUpperCase()),
    email_pattern: ({ email }) => !/^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+(\.[A-Za-z]{2,}){1,2}$/.test(email),
    zipcode_sum: (_, clean) => [...clean.replace(/\D/g, '')].reduce((sum, one) => sum + Number(one), 0) > 20,
    zipcode_length: (_, clean) => clean.length !== 5 && clean.length !== 9,
    email_state: ({ state, email }) =>
      state.toUpperCase() === 'NY' && email.slice(-4).toLowerCase() === '.net',
    allowed_age: ({ birthday }) => birthday > '2005-06-15',
  };

  it('judge any order as before, in a file or alone', () => {
    const alone = judgeOf(SETTINGS, TODAY);
    fc.assert(
      fc.property(anyOrder, (order) => {
        const clean = order.zipcode.replace(/[^0-9 .]/g, '');
        const rules = RULES.filter((rule) => broke[rule](order, clean));
        const cleaned = !rules.includes('zipcode_sum') || !rules.includes('zipcode_length');
        const params = { allowed_state: { state: order.state }, allowed_age: { age: 21 } };
        const expected: Verdict = {
          valid: rules.length === 0,
          autoValid: false,
          errors: rules.map((rule) =>
            rule === 'allowed_state' || rule === 'allowed_age' ? { rule, params: params[rule] } : { rule },
          ),
          zipcode: cleaned ? clean : order.zipcode,
        };
        expect(alone(order)).toEqual(expected);
        expect(alone(order)).toEqual(expected); // it has no neighbours
        expect(new OrderJudge(SETTINGS, TODAY).judge(order)).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('several rules', () => {
  const HOPELESS = { state: 'PA', email: 'nobody', zipcode: '999999', birthday: '2020-01-01' };

  it('are reported in the order of the configuration', () => {
    expect(broken(HOPELESS)).toEqual([
      'allowed_state',
      'email_pattern',
      'zipcode_sum',
      'zipcode_length',
      'allowed_age',
    ]);
    const validators: RuleName[] = ['allowed_age', 'zipcode_length', 'allowed_state'];
    expect(judge(HOPELESS, { validators }).errors.map(({ rule }) => rule)).toEqual(validators);
  });

  it('can all be switched off', () => {
    expect(judge(HOPELESS, { validators: [] })).toEqual({
      valid: true,
      autoValid: false,
      errors: [],
      zipcode: '999999',
    });
  });
});

describe('neighbours', () => {
  const bad: JudgedOrder = { state: 'PA', email: 'nobody', zipcode: '99-99', birthday: '2020-01-01' };
  const freely: Verdict = { valid: true, autoValid: true, errors: [], zipcode: '99-99' };

  it('let every second of a run of equal ones through, whatever is wrong with it', () => {
    const file = new OrderJudge(SETTINGS, TODAY);
    expect([1, 2, 3, 4, 5].map(() => file.judge(bad).valid)).toEqual([false, true, false, true, false]);
  });

  it('leave the zipcode of who got through as it is', () => {
    const file = new OrderJudge(SETTINGS, TODAY);
    file.judge(bad);
    expect(file.judge(bad)).toEqual(freely);
  });

  it.each([
    ['another state', { state: 'pa' }],
    ['a zipcode that is the same only when it is cleaned', { zipcode: '9999' }],
  ])('are judged both when they have %s', (_, change) => {
    const file = new OrderJudge(SETTINGS, TODAY);
    file.judge(bad);
    expect(file.judge({ ...bad, ...change }).valid).toBe(false);
  });

  it('are compared by the zipcode as it was written, not as it was kept', () => {
    const file = new OrderJudge(SETTINGS, TODAY);
    expect(file.judge({ ...GOOD, zipcode: '1-1-1-1-1' }).zipcode).toBe('11111');
    expect(file.judge({ ...bad, state: 'NY', zipcode: '1-1-1-1-1' }).valid).toBe(true);
  });

  it('are none when a line that is no order lies between', () => {
    const file = new OrderJudge(SETTINGS, TODAY);
    file.judge(bad);
    file.passOver();
    expect(file.judge(bad).valid).toBe(false);
  });

  const order = fc.record<JudgedOrder>({
    state: fc.constantFrom('NY', 'PA'),
    email: fc.constantFrom('a@b.co', 'a@b.net', 'x'),
    zipcode: fc.constantFrom('11111', '1-1111', '9999'),
    birthday: fc.constantFrom('1960-01-01', '2020-01-01'),
  });

  it('follow the words of the contract in any file', () => {
    fc.assert(
      fc.property(fc.array(order, { maxLength: 30 }), (orders) => {
        const file = new OrderJudge(SETTINGS, TODAY);
        const verdicts = orders.map((one) => file.judge(one));
        const through = orders.map(() => false);
        orders.forEach((one, index) => {
          if (through[index]) return;
          const next = orders[index + 1];
          if (next && next.state === one.state && next.zipcode === one.zipcode) through[index + 1] = true;
        });
        const expected = orders.map((one, index) =>
          through[index]
            ? { valid: true, autoValid: true, errors: [], zipcode: one.zipcode }
            : new OrderJudge(SETTINGS, TODAY).judge(one),
        );
        expect(verdicts).toEqual(expected);
      }),
    );
  });

  it('are judged alike when the file is left in the middle and taken up again', () => {
    fc.assert(
      fc.property(fc.array(order, { maxLength: 20 }), fc.nat(20), (orders, at) => {
        const whole = new OrderJudge(SETTINGS, TODAY);
        const first = new OrderJudge(SETTINGS, TODAY);
        const expected = orders.map((one) => whole.judge(one));
        const verdicts = orders.slice(0, at).map((one) => first.judge(one));
        const carried = JSON.parse(JSON.stringify(first.forerunner)) as typeof first.forerunner;
        const second = new OrderJudge(SETTINGS, TODAY, carried);
        verdicts.push(...orders.slice(at).map((one) => second.judge(one)));
        expect(verdicts).toEqual(expected);
      }),
    );
  });
});
