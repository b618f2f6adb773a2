/** Every rule that an order can be held against, in the order in which they are reported unless configured otherwise. */
export const RULES = [
  'allowed_state',
  'email_pattern',
  'zipcode_sum',
  'zipcode_length',
  'email_state',
  'allowed_age',
] as const;
export type RuleName = (typeof RULES)[number];

/** What a rule's message is filled with. */
export type RuleParams = Readonly<Record<string, string | number>>;

/** A rule that an order breaks. It becomes a text in the reader's language when it is read. */
export interface BrokenRule {
  readonly rule: RuleName;
  readonly params?: RuleParams;
}

/** Endings of e-mail addresses that are not taken, by the state that they are not taken from; in any case of letters. */
export type EmailEndings = Readonly<Record<string, readonly string[]>>;

/** What the rules go by. Whatever may be absent is absent in settings that were stored before there was such a thing. */
export interface RuleSettings {
  /** Years that a customer must have lived. */
  readonly allowedAge: number;
  /** States that nothing is shipped to, in any case of letters. */
  readonly invalidStates: readonly string[];
  /** The active rules, in the order in which they are checked and reported. */
  readonly validators: readonly RuleName[];
  /** The most that the digits of a zipcode may add up to. */
  readonly maxZipcodeSum?: number;
  /** How many characters a zipcode may have. */
  readonly zipcodeLengths?: readonly number[];
  readonly emailEndings?: EmailEndings;
}
export type CompleteSettings = Required<RuleSettings>;

/** What holds where settings are silent. */
const DEFAULTS = {
  maxZipcodeSum: 20,
  zipcodeLengths: [5, 9],
  emailEndings: { NY: ['.net'] },
} as const satisfies Partial<RuleSettings>;

/** The settings with all that they are silent about. */
export function completeSettings(settings: RuleSettings): CompleteSettings {
  return { ...DEFAULTS, ...settings };
}

/** What the rules look at. */
export interface JudgedOrder {
  readonly state: string;
  readonly email: string;
  readonly zipcode: string;
  /** As YYYY-MM-DD. */
  readonly birthday: string;
}

export interface Verdict {
  readonly valid: boolean;
  /** Whether it is valid without a look, because of the order before it. */
  readonly autoValid: boolean;
  readonly errors: readonly BrokenRule[];
  /** The zipcode as it is kept: cleaned when a zipcode rule found it good, else as it was written. */
  readonly zipcode: string;
}

/** The state and the zipcode, as written, of an order whose successor is valid without a look if it has both too. */
export interface Forerunner {
  readonly state: string;
  readonly zipcode: string;
}

/** Settings as they are quick to look things up in. */
interface Context {
  readonly allowedAge: number;
  /** In upper case. */
  readonly invalidStates: ReadonlySet<string>;
  readonly maxZipcodeSum: number;
  readonly zipcodeLengths: readonly number[];
  /** By the state in upper case, themselves in lower case. */
  readonly emailEndings: ReadonlyMap<string, readonly string[]>;
  /** As YYYY-MM-DD. */
  readonly today: string;
}

/** Parameters of the message where the rule is broken, else nothing. */
type Rule = (order: JudgedOrder, cleanZipcode: string, context: Context) => RuleParams | undefined;

const EMAIL = /^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+(\.[A-Za-z]{2,}){1,2}$/;
const NOT_OF_A_ZIPCODE = /[^0-9 \n.]/g;
const NO_PARAMS: RuleParams = {};

/** The message itself names what has always been asked; `context` picks the one that names anything else. */
function endingParams(state: string, ending: string): RuleParams {
  return state === 'NY' && ending === '.net' ? NO_PARAMS : { state, ending, context: 'named' };
}

const CHECKS: Readonly<Record<RuleName, Rule>> = {
  allowed_state: ({ state }, _, { invalidStates }) =>
    invalidStates.has(state.toUpperCase()) ? { state } : undefined,
  email_pattern: ({ email }) => (EMAIL.test(email) ? undefined : NO_PARAMS),
  zipcode_sum: (_, zipcode, { maxZipcodeSum }) =>
    sumOfDigits(zipcode) > maxZipcodeSum ? NO_PARAMS : undefined,
  zipcode_length: (_, { length }, { zipcodeLengths }) =>
    zipcodeLengths.includes(length) ? undefined : NO_PARAMS,
  email_state: ({ state, email }, _, { emailEndings }) => {
    const upper = state.toUpperCase();
    const ending = emailEndings.get(upper)?.find((one) => email.slice(-one.length).toLowerCase() === one);
    return ending === undefined ? undefined : endingParams(upper, ending);
  },
  allowed_age: ({ birthday }, _, { allowedAge, today }) =>
    fullYears(birthday, today) < allowedAge ? { age: allowedAge } : undefined,
};

/**
 * Judges the orders of one file, line by line. An order that is held against the rules makes the next one valid
 * without a look if that has the same state and zipcode, letter by letter; whether it is valid itself does not matter.
 * An order that got through that way does not do the same for its successor.
 */
export class OrderJudge {
  private readonly judgeAlone: (order: JudgedOrder) => Verdict;

  /**
   * @param today the date that ages are reckoned at, YYYY-MM-DD
   * @param before what `forerunner` was after the order before, where the file was left in the middle
   */
  constructor(
    settings: RuleSettings,
    today: string,
    private before: Forerunner | null = null,
  ) {
    this.judgeAlone = judgeOf(settings, today);
  }

  /** What the next order will be compared with. */
  get forerunner(): Forerunner | null {
    return this.before;
  }

  /** Judges the order on the next line. */
  judge(order: JudgedOrder): Verdict {
    const { state, zipcode } = order;
    if (this.before !== null && this.before.state === state && this.before.zipcode === zipcode) {
      this.before = null;
      return { valid: true, autoValid: true, errors: [], zipcode };
    }
    this.before = { state, zipcode };
    return this.judgeAlone(order);
  }

  /** Passes over a line that holds no order: what lies before and after it are not neighbours. */
  passOver(): void {
    this.before = null;
  }
}

/**
 * A function that holds orders against the rules one by one, outside of a file: none has a neighbour.
 * @param today the date that ages are reckoned at, YYYY-MM-DD
 */
export function judgeOf(settings: RuleSettings, today: string): (order: JudgedOrder) => Verdict {
  const context = contextOf(completeSettings(settings), today);
  const { validators } = settings;
  return (order) => {
    const cleanZipcode = order.zipcode.replace(NOT_OF_A_ZIPCODE, '');
    const errors: BrokenRule[] = [];
    let { zipcode } = order;
    for (const rule of validators) {
      const params = CHECKS[rule](order, cleanZipcode, context);
      if (params !== undefined) errors.push(brokenRule(rule, params));
      else if (rule === 'zipcode_sum' || rule === 'zipcode_length') zipcode = cleanZipcode;
    }
    return { valid: errors.length === 0, autoValid: false, errors, zipcode };
  };
}

function contextOf(settings: CompleteSettings, today: string): Context {
  const { allowedAge, maxZipcodeSum, zipcodeLengths, emailEndings } = settings;
  const endings = Object.entries(emailEndings).map(
    ([state, list]) => [state.toUpperCase(), list.map((ending) => ending.toLowerCase())] as const,
  );
  return {
    allowedAge,
    maxZipcodeSum,
    zipcodeLengths,
    invalidStates: new Set(settings.invalidStates.map((state) => state.toUpperCase())),
    emailEndings: new Map(endings),
    today,
  };
}

/** What an order is told that comes from the state with an e-mail address that ends so. */
export function brokenEnding(state: string, ending: string): BrokenRule {
  return brokenRule('email_state', endingParams(state, ending));
}

function brokenRule(rule: RuleName, params: RuleParams): BrokenRule {
  return params === NO_PARAMS ? { rule } : { rule, params };
}

/** Years between two dates given as YYYY-MM-DD; a year counts from the birthday in it on. */
export function fullYears(birthday: string, today: string): number {
  const years = Number(today.slice(0, 4)) - Number(birthday.slice(0, 4));
  return today.slice(5) < birthday.slice(5) ? years - 1 : years;
}

function sumOfDigits(text: string): number {
  let sum = 0;
  for (const character of text) if (character >= '0' && character <= '9') sum += Number(character);
  return sum;
}
