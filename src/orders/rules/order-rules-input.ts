import { PARAMETERS, type RuleParameter } from './order-rule-parameters.js';
import { type CompleteSettings, type RuleName, RULES } from './order-rules.js';

/** What somebody wants of the rules. */
export interface RulesChange {
  /** The settings that are to change. */
  readonly settings: Partial<CompleteSettings>;
  /** The version that the change was made from. */
  readonly version: number | undefined;
  /** Why. */
  readonly note: string | null;
}

/** A field that is not what it must be. Its message is `orders.rules_<code>`. */
export interface RulesFault {
  /** Where it is, such as `parameters.allowed_age.age`. */
  readonly path: string;
  readonly code: string;
  readonly params: Readonly<Record<string, string | number>>;
}

export const MAX_AGE = 150;
/** Longest zipcode that is stored, characters. */
export const MAX_ZIPCODE_LENGTH = 12;
export const MAX_ZIPCODE_SUM = 9 * MAX_ZIPCODE_LENGTH;
/** Longest note, characters. */
export const MAX_NOTE = 500;
/** Most endings of one state. */
const MAX_ENDINGS = 100;
const MAX_VERSION = 2 ** 31 - 1;
/** More of what came is not repeated in a message, characters. */
const MAX_SHOWN = 40;

const STATE = /^[A-Za-z]{2}$/;
const EMAIL_ENDING = /^[A-Za-z0-9._%+@-]{1,64}$/;
// What PostgreSQL does not store, and what no line of text has.
// eslint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/**
 * Reads what is to change; a field that is absent is to stay as it is.
 * @param body of the request, whatever came
 * @param fields that may be in it
 * @returns the change, of use only where there are no faults
 */
export function readRulesChange(
  body: unknown,
  fields: readonly string[] = ['version', 'note', 'validators', 'parameters'],
): { change: RulesChange; faults: readonly RulesFault[] } {
  const reader = new RulesReader();
  return { change: reader.change(body, fields), faults: reader.faults };
}

type Settings = { -readonly [Setting in keyof CompleteSettings]?: CompleteSettings[Setting] };

/** Reads field by field and collects the faults of all. */
class RulesReader {
  readonly faults: RulesFault[] = [];

  change(body: unknown, fields: readonly string[]): RulesChange {
    const settings: Settings = {};
    const nothing: RulesChange = { settings, version: undefined, note: null };
    if (!isObject(body)) {
      this.fault('', 'no_object');
      return nothing;
    }
    for (const name of Object.keys(body).filter((key) => !fields.includes(key)))
      this.fault(shown(name), 'unknown_field', { fields: fields.join(', ') });
    const { version, note, validators, parameters } = body;
    if (validators !== undefined && fields.includes('validators'))
      settings.validators = this.validators(validators);
    if (parameters !== undefined && fields.includes('parameters')) this.parameters(parameters, settings);
    return {
      settings,
      version: version === undefined ? undefined : this.integer('version', version, 0, MAX_VERSION),
      note: note === undefined || note === null ? null : this.note(note),
    };
  }

  private note(value: unknown): string {
    if (typeof value === 'string' && value.length <= MAX_NOTE && value.isWellFormed() && !CONTROL.test(value))
      return value;
    this.fault('note', 'note', { max: MAX_NOTE });
    return '';
  }

  private validators(value: unknown): RuleName[] {
    return this.list('validators', value, RULES.length, (name, path) => {
      if (isRule(name)) return name;
      return this.fault(path, 'unknown_rule', { rules: RULES.join(', ') });
    });
  }

  private parameters(value: unknown, settings: Settings): void {
    if (!isObject(value)) return this.fault('parameters', 'no_object_at');
    for (const [rule, parameters] of Object.entries(value)) {
      const path = `parameters.${shown(rule)}`;
      const parameter = isRule(rule) ? PARAMETERS[rule] : undefined;
      if (!isRule(rule)) this.fault(path, 'unknown_rule', { rules: RULES.join(', ') });
      else if (!parameter) this.fault(path, 'no_parameters');
      else if (!isObject(parameters)) this.fault(path, 'no_object_at');
      else this.parameter(path, parameter, parameters, settings);
    }
  }

  private parameter(
    path: string,
    { name, setting }: RuleParameter,
    parameters: Readonly<Record<string, unknown>>,
    settings: Settings,
  ): void {
    for (const other of Object.keys(parameters).filter((key) => key !== name))
      this.fault(`${path}.${shown(other)}`, 'unknown_field', { fields: name });
    const value = parameters[name];
    if (value !== undefined) this[setting](`${path}.${name}`, value, settings);
  }

  private allowedAge(path: string, value: unknown, settings: Settings): void {
    settings.allowedAge = this.integer(path, value, 0, MAX_AGE) ?? 0;
  }

  private maxZipcodeSum(path: string, value: unknown, settings: Settings): void {
    settings.maxZipcodeSum = this.integer(path, value, 0, MAX_ZIPCODE_SUM) ?? 0;
  }

  private zipcodeLengths(path: string, value: unknown, settings: Settings): void {
    settings.zipcodeLengths = this.list(path, value, MAX_ZIPCODE_LENGTH, (length, at) =>
      this.integer(at, length, 1, MAX_ZIPCODE_LENGTH),
    );
    // Without a length the rule would refuse all orders: who wants that has not said so.
    if (Array.isArray(value) && value.length === 0) this.fault(path, 'empty');
  }

  private invalidStates(path: string, value: unknown, settings: Settings): void {
    settings.invalidStates = this.list(path, value, 26 * 26, (state, at) => this.state(at, state));
  }

  private emailEndings(path: string, value: unknown, settings: Settings): void {
    if (!isObject(value)) return this.fault(path, 'no_object_at');
    const endings: Record<string, string[]> = {};
    for (const [name, list] of Object.entries(value)) {
      const at = `${path}.${shown(name)}`;
      const state = this.state(at, name);
      if (state === undefined) continue;
      if (Object.hasOwn(endings, state)) this.fault(at, 'twice');
      endings[state] = this.list(at, list, MAX_ENDINGS, (ending, place) => {
        if (typeof ending === 'string' && EMAIL_ENDING.test(ending)) return ending.toLowerCase();
        return this.fault(place, 'ending');
      });
    }
    settings.emailEndings = endings;
  }

  private state(path: string, value: unknown): string | undefined {
    if (typeof value === 'string' && STATE.test(value)) return value.toUpperCase();
    return this.fault(path, 'state');
  }

  private integer(path: string, value: unknown, min: number, max: number): number | undefined {
    if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max)
      return value as number;
    return this.fault(path, 'integer', { min, max });
  }

  /** A list of values that are each there once. `read` tells of those that are not valid. */
  private list<T>(
    path: string,
    value: unknown,
    max: number,
    read: (item: unknown, path: string) => T | undefined,
  ): T[] {
    if (!Array.isArray(value) || value.length > max) {
      this.fault(path, 'list', { max });
      return [];
    }
    const found = new Set<T>();
    value.forEach((item: unknown, index) => {
      const at = `${path}.${index}`;
      const one = read(item, at);
      if (one === undefined) return;
      if (found.has(one)) this.fault(at, 'twice');
      found.add(one);
    });
    return [...found];
  }

  private fault(path: string, code: string, params: RulesFault['params'] = {}): undefined {
    this.faults.push({ path, code, params });
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isRule(name: unknown): name is RuleName {
  return (RULES as readonly unknown[]).includes(name);
}

function shown(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
