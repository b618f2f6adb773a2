import { type CompleteSettings, type EmailEndings, type RuleName, RULES } from './order-rules.js';

/** The parameter of a rule: its name in the API, and the setting that holds it. */
export interface RuleParameter {
  readonly name: string;
  readonly setting: Exclude<keyof CompleteSettings, 'validators'>;
}

/** The rules that have a parameter. */
export const PARAMETERS: Readonly<Partial<Record<RuleName, RuleParameter>>> = {
  allowed_age: { name: 'age', setting: 'allowedAge' },
  allowed_state: { name: 'states', setting: 'invalidStates' },
  zipcode_sum: { name: 'max', setting: 'maxZipcodeSum' },
  zipcode_length: { name: 'lengths', setting: 'zipcodeLengths' },
  email_state: { name: 'endings', setting: 'emailEndings' },
};

/** Something that two sets of rules do not have in common: a rule with its parameters, or which are active. */
export interface RuleDifference {
  readonly what: 'validators' | RuleName;
  readonly before: unknown;
  readonly after: unknown;
}

/** The parameters of a rule as the API shows them; none for a rule without. */
export function parametersOf(rule: RuleName, settings: CompleteSettings): Record<string, unknown> {
  const parameter = PARAMETERS[rule];
  return parameter ? { [parameter.name]: settings[parameter.setting] } : {};
}

/** What differs. The order of states, of lengths and of endings does not matter, nor does the case of their letters. */
export function differences(before: CompleteSettings, after: CompleteSettings): RuleDifference[] {
  const found: RuleDifference[] = [];
  if (before.validators.join() !== after.validators.join()) {
    found.push({ what: 'validators', before: before.validators, after: after.validators });
  }
  const [one, other] = [comparable(before), comparable(after)];
  for (const rule of RULES) {
    const parameter = PARAMETERS[rule];
    if (!parameter || one[parameter.setting] === other[parameter.setting]) continue;
    found.push({ what: rule, before: parametersOf(rule, before), after: parametersOf(rule, after) });
  }
  return found;
}

/** A text for each setting that is the same exactly where orders are judged the same. */
function comparable(settings: CompleteSettings): Record<RuleParameter['setting'], string> {
  return {
    allowedAge: String(settings.allowedAge),
    maxZipcodeSum: String(settings.maxZipcodeSum),
    invalidStates: sorted(settings.invalidStates.map((state) => state.toUpperCase())),
    zipcodeLengths: sorted(settings.zipcodeLengths.map(String)),
    emailEndings: sorted(endingsOf(settings.emailEndings)),
  };
}

function endingsOf(emailEndings: EmailEndings): string[] {
  return Object.entries(emailEndings).flatMap(([state, endings]) =>
    endings.map((ending) => `${state.toUpperCase()} ${ending.toLowerCase()}`),
  );
}

function sorted(texts: readonly string[]): string {
  return [...new Set(texts)].sort().join();
}
