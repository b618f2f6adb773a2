import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Database } from '../../src/platform/database/database.js';
import { startApp, type TestApp } from '../support/app.js';
import { type Envelope, expectEnvelope, OrdersClient } from '../support/orders-client.js';
import { signUp } from '../support/people.js';

const RULES = '/acme_orders/api/v1/rules';

interface Rule {
  name: string;
  active: boolean;
  position: number | null;
  parameters: Record<string, unknown>;
  message: string;
}
interface Rules {
  version: number;
  set_by: string | null;
  set_at: string | null;
  note: string | null;
  rules: Rule[];
}
type History = (Omit<Rules, 'rules'> & { changes: unknown[] })[];

let app: TestApp;
let ann: OrdersClient;
let admin: string;

beforeAll(async () => {
  app = await startApp({ ORDERS_MAX_PAGE: '3', JOB_POLL: '100' });
  ann = await OrdersClient.of(app, 'ann');
  admin = await app.adminToken();
});
afterAll(() => app.close());
beforeEach(() => app.app.get(Database).execute('truncate order_rule_set'));

const read = async (language = 'en') =>
  (await ann.ask<Rules>(RULES, 200, { headers: { 'accept-language': language } })).result;
const change = async (json: unknown, status = 200, language = 'en') =>
  ann.ask<Rules>(RULES, status, {
    method: 'PUT',
    json,
    token: admin,
    headers: { 'accept-language': language },
  });
const restore = async (version: number | string, json?: unknown, status = 200) =>
  ann.ask<Rules>(`${RULES}/${version}/restore`, status, { method: 'POST', json, token: admin });
const history = async () => (await ann.ask<History>(`${RULES}/versions`)).result;
const ruleOf = (rules: Rules, name: string) => rules.rules.find((rule) => rule.name === name)!;

describe('the rules', () => {
  it('are those of the configuration at first', async () => {
    expect(await read()).toEqual({
      version: 0,
      set_by: null,
      set_at: null,
      note: null,
      rules: [
        {
          name: 'allowed_state',
          active: true,
          position: 1,
          parameters: { states: ['NJ', 'CT', 'PA', 'MS', 'IL', 'ID', 'OR'] },
          message: "We don't ship to NJ, CT, PA, MS, IL, ID, OR",
        },
        {
          name: 'email_pattern',
          active: true,
          position: 2,
          parameters: {},
          message: 'incorrect email pattern',
        },
        {
          name: 'zipcode_sum',
          active: true,
          position: 3,
          parameters: { max: 20 },
          message: 'Your zipcode sum is too large',
        },
        {
          name: 'zipcode_length',
          active: true,
          position: 4,
          parameters: { lengths: [5, 9] },
          message: 'incorrect zipcode length',
        },
        {
          name: 'email_state',
          active: true,
          position: 5,
          parameters: { endings: { NY: ['.net'] } },
          message: 'customers from NY may not have a .net email address',
        },
        {
          name: 'allowed_age',
          active: true,
          position: 6,
          parameters: { age: 21 },
          message: 'customers must be at least 21 years old to order alcohol',
        },
      ],
    });
    expect(ruleOf(await read('pt'), 'allowed_age').message).toBe(
      'é preciso ter pelo menos 21 anos para comprar bebidas alcoólicas',
    );
  });

  it('change as somebody says, the others staying as they are', async () => {
    const { result, uuid, message } = await change({
      validators: ['allowed_age', 'email_state', 'allowed_state'],
      parameters: {
        allowed_age: { age: 18 },
        allowed_state: { states: ['ky'] },
        email_state: { endings: { ny: ['.NET', '@spam.example'], CA: ['.org'] } },
      },
      note: 'a trial',
    });
    expect([uuid.length > 0, message]).toEqual([true, '']);
    expect(result).toMatchObject({ version: 1, set_by: 'admin', note: 'a trial' });
    expect(Math.abs(Date.now() - Date.parse(result.set_at!))).toBeLessThan(60_000);
    expect(result.rules.map(({ name, position }) => [name, position])).toEqual([
      ['allowed_age', 1],
      ['email_state', 2],
      ['allowed_state', 3],
      ['email_pattern', null],
      ['zipcode_sum', null],
      ['zipcode_length', null],
    ]);
    expect(ruleOf(result, 'allowed_state').parameters).toEqual({ states: ['KY'] });
    expect(ruleOf(result, 'email_state')).toMatchObject({
      parameters: { endings: { NY: ['.net', '@spam.example'], CA: ['.org'] } },
      message:
        'customers from CA may not have an email address that ends in .org; customers from NY may not have a .net ' +
        'email address; customers from NY may not have an email address that ends in @spam.example',
    });
    expect(ruleOf(result, 'zipcode_sum').parameters).toEqual({ max: 20 });
    expect(await read()).toEqual(result);
    expect(ruleOf(await read('pt'), 'email_state').message).toContain('clientes de CA não podem ter');
    expect(
      ruleOf((await change({ parameters: { allowed_state: { states: [] } } })).result, 'allowed_state'),
    ).toMatchObject({ parameters: { states: [] }, message: '' });
  });

  it('make no new version where nothing changes', async () => {
    const first = (await change({ parameters: { allowed_age: { age: 18 } } })).result;
    for (const body of [
      {},
      { note: 'nothing' },
      { parameters: {} },
      { parameters: { allowed_age: {} } },
      { parameters: { allowed_age: { age: 18 }, zipcode_length: { lengths: [9, 5] } } },
      { parameters: { allowed_state: { states: ['or', 'id', 'il', 'ms', 'pa', 'ct', 'nj'] } } },
      { parameters: { email_state: { endings: { ny: ['.NET'], CA: [] } } } },
    ])
      expect((await change(body)).result).toEqual(first);
    expect((await change({ validators: ruleNames(first).reverse() })).result.version).toBe(2);
  });

  it('refuse a change that was made from another version', async () => {
    await change({ parameters: { allowed_age: { age: 18 } }, version: 0 });
    const late = { parameters: { allowed_age: { age: 30 } }, version: 0 };
    expect((await change(late, 409)).message).toBe(
      'the rules were changed meanwhile: the change was made from version 0, but version 1 holds now; read the rules again',
    );
    expect((await change(late, 409, 'pt')).message).toMatch(/^as regras mudaram/);
    expect((await restore(0, { version: 0 }, 409)).status_code).toBe(409);
    expect(ruleOf(await read(), 'allowed_age').parameters).toEqual({ age: 18 });
    expect((await change({ ...late, version: 1 })).result.version).toBe(2);
  });

  it('lose no change of several that come at once', async () => {
    const parameters = [
      { allowed_age: { age: 33 } },
      { allowed_state: { states: ['AK'] } },
      { zipcode_sum: { max: 7 } },
      { zipcode_length: { lengths: [4] } },
      { email_state: { endings: { WA: ['.edu'] } } },
    ];
    const answers = await Promise.all(parameters.map((one) => change({ parameters: one })));
    expect(answers.map(({ result }) => result.version).sort()).toEqual([1, 2, 3, 4, 5]);
    const now = await read();
    for (const one of parameters)
      for (const [name, expected] of Object.entries(one))
        expect(ruleOf(now, name).parameters).toEqual(expected);
  });

  it('let one of several through that were made from the same version', async () => {
    const answers = await Promise.all(
      [31, 32, 33, 34].map((age) =>
        app.request(RULES, {
          method: 'PUT',
          token: admin,
          json: { version: 0, parameters: { allowed_age: { age } } },
        }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    expect(await history()).toHaveLength(2);
  });

  it('change once for one Idempotency-Key', async () => {
    const send = (age: number) =>
      app.request(RULES, {
        method: 'PUT',
        token: admin,
        json: { parameters: { allowed_age: { age } } },
        headers: { 'idempotency-key': 'once' },
      });
    const first = await expectEnvelope<Rules>(await send(40), 200);
    await change({ parameters: { allowed_age: { age: 41 } } });
    const second = (await (await send(40)).json()) as Envelope<Rules>;
    expect(second.result).toEqual(first.result);
    expect((await send(42)).status).toBe(422);
    expect(ruleOf(await read(), 'allowed_age').parameters).toEqual({ age: 41 });
  });

  it('that were stored before a parameter was, know its default', async () => {
    await app.app
      .get(Database)
      .execute(
        `insert into order_rule_set (version, settings, actor) values (7, '{"allowedAge": 30, "invalidStates": ["KY"], "validators": ["zipcode_sum"]}', 'gone')`,
      );
    const rules = await read();
    expect(rules).toMatchObject({ version: 7, set_by: 'gone' });
    expect(ruleOf(rules, 'zipcode_sum')).toMatchObject({ active: true, parameters: { max: 20 } });
    expect(ruleOf(rules, 'zipcode_length').parameters).toEqual({ lengths: [5, 9] });
    expect((await change({ parameters: { allowed_age: { age: 31 } } })).result.version).toBe(8);
  });
});

const ruleNames = ({ rules }: Rules) => rules.map(({ name }) => name);

describe('a change that is refused', () => {
  const tooMany = Array.from({ length: 700 }, (_, index) => String(index));
  it.each<[unknown, RegExp]>([
    [null, /^send a JSON object/],
    [[], /^send a JSON object/],
    ['validators', /^send a JSON object/],
    [{ colour: 1 }, /^colour is not known here; there may be: version, note, validators, parameters$/],
    [{ validators: 'allowed_age' }, /^validators must be a list/],
    [{ validators: null }, /^validators must be a list/],
    [{ validators: ['allowed_ages'] }, /^validators\.0 names no rule; the rules are allowed_state, /],
    [{ validators: ['toString'] }, /^validators\.0 names no rule/],
    [{ validators: ['allowed_age', 'allowed_age'] }, /^validators\.1 is there twice$/],
    [{ validators: [['allowed_age']] }, /^validators\.0 names no rule/],
    [{ validators: tooMany }, /^validators must be a list of at most 6 values$/],
    [{ parameters: [] }, /^parameters must be an object$/],
    [{ parameters: { allowed_ages: {} } }, /^parameters\.allowed_ages names no rule/],
    [{ parameters: { hasOwnProperty: { age: 1 } } }, /^parameters\.hasOwnProperty names no rule/],
    [{ parameters: { email_pattern: {} } }, /^parameters\.email_pattern: the rule has no parameters$/],
    [{ parameters: { allowed_age: 18 } }, /^parameters\.allowed_age must be an object$/],
    [
      { parameters: { allowed_age: { years: 18 } } },
      /^parameters\.allowed_age\.years is not known here; there may be: age$/,
    ],
    ...[-1, 151, 18.5, '18', null, true, [18], 1e300].map((age): [unknown, RegExp] => [
      { parameters: { allowed_age: { age } } },
      /^parameters\.allowed_age\.age must be a whole number from 0 to 150$/,
    ]),
    [{ parameters: { zipcode_sum: { max: 109 } } }, /max must be a whole number from 0 to 108$/],
    [{ parameters: { zipcode_length: { lengths: [] } } }, /lengths must not be empty/],
    [
      { parameters: { zipcode_length: { lengths: [13] } } },
      /lengths\.0 must be a whole number from 1 to 12$/,
    ],
    [{ parameters: { zipcode_length: { lengths: [5, 5] } } }, /lengths\.1 is there twice$/],
    [
      { parameters: { allowed_state: { states: ['N1'] } } },
      /states\.0 must be a state, two letters such as NY$/,
    ],
    [{ parameters: { allowed_state: { states: ['ny', 'NY'] } } }, /states\.1 is there twice$/],
    [{ parameters: { allowed_state: { states: [['NY']] } } }, /states\.0 must be a state/],
    [{ parameters: { allowed_state: { states: tooMany } } }, /states must be a list of at most 676 values$/],
    [{ parameters: { email_state: { endings: [] } } }, /endings must be an object$/],
    [{ parameters: { email_state: { endings: { NYC: ['.net'] } } } }, /endings\.NYC must be a state/],
    [{ parameters: { email_state: { endings: { ny: [], NY: [] } } } }, /endings\.NY is there twice$/],
    [{ parameters: { email_state: { endings: { NY: '.net' } } } }, /endings\.NY must be a list/],
    [
      { parameters: { email_state: { endings: { NY: [''] } } } },
      /endings\.NY\.0 must be the end of an e-mail/,
    ],
    [
      { parameters: { email_state: { endings: { NY: ['.net', '.NET'] } } } },
      /endings\.NY\.1 is there twice$/,
    ],
    [{ parameters: { email_state: { endings: { NY: ['a\u0000b'] } } } }, /endings\.NY\.0 must be the end/],
    [{ note: 'x'.repeat(501) }, /^note must be a text of at most 500 characters$/],
    [{ note: 'a\u0000b' }, /^note must be a text/],
    [{ note: 'a\ud800b' }, /^note must be a text/],
    [{ note: 7 }, /^note must be a text/],
    [{ version: -1 }, /^version must be a whole number/],
    [{ version: '0' }, /^version must be a whole number/],
    [
      { validators: ['x'], parameters: { allowed_age: { age: 999 } } },
      /^validators\.0 names no rule.*; parameters\.allowed_age\.age must be a whole number from 0 to 150$/,
    ],
    [
      { ['{{path}} $t(orders.csv_file_help_msg)']: 1 },
      /^\{\{path\}\} \$t\(orders\.csv_file_help_msg\) is not known/,
    ],
  ])('%j', async (body, message) => {
    expect((await change(body, 400)).message).toMatch(message);
    expect((await read()).version).toBe(0);
  });

  it('is told of in Portuguese too', async () => {
    expect((await change({ parameters: { allowed_age: { age: 151 } } }, 400, 'pt')).message).toBe(
      'parameters.allowed_age.age precisa ser um número inteiro de 0 a 150',
    );
  });

  it('tells of some faults only where there are many, and of none at length', async () => {
    const body = Object.fromEntries(
      Array.from({ length: 5000 }, (_, index) => [`${'x'.repeat(100)}${index}`, index]),
    );
    const { message } = await change(body, 400);
    expect(message.split('; ').length).toBeLessThanOrEqual(40);
    expect(message.length).toBeLessThan(5000);
  });

  it.each(['{"validators": [', '{"__proto__": {}}', 'age=18', '[[[[['])(
    'that is no JSON: %s',
    async (body) => {
      const answer = await app.request(RULES, {
        method: 'PUT',
        token: admin,
        body,
        headers: { 'content-type': 'application/json' },
      });
      await expectEnvelope(answer, 400);
    },
  );

  it('because nothing came', async () => {
    expect((await ann.ask(RULES, 400, { method: 'PUT', token: admin })).message).toMatch(
      /^send a JSON object/,
    );
  });

  it('because the caller may not', async () => {
    for (const [method, path] of [
      ['PUT', RULES],
      ['POST', `${RULES}/0/restore`],
    ] as const) {
      const json = method === 'PUT' ? { parameters: { allowed_age: { age: 1 } } } : {};
      expect((await ann.ask(path, 403, { method, json })).message).toMatch(/orders\.rules/);
      await ann.ask(path, 401, { method, json, token: 'nonsense' });
    }
    await ann.ask(RULES, 401, { token: 'nonsense' });
    expect((await read()).version).toBe(0);
  });

  it('does not keep those from changing them whom an administrator lets', async () => {
    await app.app
      .get(Database)
      .execute(`insert into role (name, permissions) values ('clerk', '{orders.rules}')`);
    const { token } = await signUp(app, 'clara', ['clerk']);
    await ann.ask(RULES, 200, { method: 'PUT', json: { parameters: { allowed_age: { age: 1 } } }, token });
    expect((await read()).set_by).toBe('clara');
  });
});

describe('the history', () => {
  it('tells what each version changed, page by page', async () => {
    await change({ parameters: { allowed_age: { age: 18 } }, note: 'first' });
    await change({ parameters: { allowed_age: { age: 19 }, zipcode_sum: { max: 25 } } });
    await change({ validators: ['zipcode_sum'] });
    await restore(1, { note: 'back' });
    await restore(0);
    const seen: History = [];
    let path: string | undefined = `${RULES}/versions?limit=2`;
    for (let pages = 0; path !== undefined && pages < 10; pages++) {
      const answer = await app.request(path, { token: ann.token });
      seen.push(...(await expectEnvelope<History>(answer, 200)).result);
      path = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
    }
    const all = ruleNames(await read());
    expect(seen.map(({ version, set_by, note, changes }) => ({ version, set_by, note, changes }))).toEqual([
      {
        version: 5,
        set_by: 'admin',
        note: null,
        changes: [{ what: 'allowed_age', before: { age: 18 }, after: { age: 21 } }],
      },
      {
        version: 4,
        set_by: 'admin',
        note: 'back',
        changes: [
          { what: 'validators', before: ['zipcode_sum'], after: all },
          { what: 'zipcode_sum', before: { max: 25 }, after: { max: 20 } },
          { what: 'allowed_age', before: { age: 19 }, after: { age: 18 } },
        ],
      },
      {
        version: 3,
        set_by: 'admin',
        note: null,
        changes: [{ what: 'validators', before: all, after: ['zipcode_sum'] }],
      },
      {
        version: 2,
        set_by: 'admin',
        note: null,
        changes: [
          { what: 'zipcode_sum', before: { max: 20 }, after: { max: 25 } },
          { what: 'allowed_age', before: { age: 18 }, after: { age: 19 } },
        ],
      },
      {
        version: 1,
        set_by: 'admin',
        note: 'first',
        changes: [{ what: 'allowed_age', before: { age: 21 }, after: { age: 18 } }],
      },
      { version: 0, set_by: null, note: null, changes: [] },
    ]);
    expect(await history()).toEqual(seen.slice(0, 3));
    expect((await ann.ask<History>(`${RULES}/versions?after=1`)).result).toEqual(seen.slice(5));
    expect((await ann.ask<History>(`${RULES}/versions?after=0`)).result).toEqual([]);
    expect((await ann.ask(`${RULES}/versions?limit=x&after=-1`, 400)).message).toBe(
      'limit must be a number; after must be a number',
    );
  });

  it('goes back to old versions, but not to what never was', async () => {
    const first = (await change({ parameters: { allowed_age: { age: 18 } } })).result;
    await change({ parameters: { allowed_age: { age: 19 } } });
    const { result } = await restore(1);
    expect(result).toMatchObject({ version: 3, rules: first.rules });
    expect((await restore(1)).result).toEqual(result); // nothing changes
    expect((await restore(99, {}, 404)).message).toBe('there is no version 99 of the rules');
    await restore('9'.repeat(300), {}, 404);
    expect((await restore('x', {}, 404)).message).toBe('endpoint not found');
    expect((await restore(1, { parameters: {} }, 400)).message).toBe(
      'parameters is not known here; there may be: version, note',
    );
  });

  it('is in the audit log too', async () => {
    const database = app.app.get(Database);
    const entries = () =>
      database.query<{ id: number }>(
        `select id::int, actor, action, subject, details from audit_entry where action like 'order-rules.%' order by id`,
      );
    const before = (await entries()).length;
    await change({ parameters: { allowed_age: { age: 18 } }, note: 'why not' });
    await change({ parameters: { allowed_age: { age: 18 } } });
    await change({ parameters: { allowed_age: { age: 180 } } }, 400);
    await restore(0);
    const changes = [{ what: 'allowed_age', before: { age: 21 }, after: { age: 18 } }];
    expect((await entries()).slice(before)).toMatchObject([
      {
        action: 'order-rules.change',
        subject: 'order-rules:1',
        details: { from: 0, changes, note: 'why not' },
      },
      { action: 'order-rules.restore', subject: 'order-rules:2', details: { from: 1 } },
    ]);
  });
});
