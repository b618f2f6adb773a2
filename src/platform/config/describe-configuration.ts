import { configSections, isSecret } from './config-section.js';
import type { Environment } from './environment.js';

const MASK = '********';

/** One effective setting, fit to be printed. */
export interface DescribedVariable {
  readonly section: string;
  readonly name: string;
  readonly value: string;
  readonly source: 'default' | 'environment';
  readonly about: string;
}

/** The effective configuration with secrets masked, as `signalbox config` prints it. */
export function describeConfiguration(environment: Environment): DescribedVariable[] {
  return configSections().flatMap((section) => {
    const values = new section(environment) as Record<string, unknown>;
    return Object.entries(section.specs).map(([name, spec]) => ({
      section: section.title,
      name,
      value: show(values[name], isSecret(name, spec)),
      source: name in environment.variables ? ('environment' as const) : ('default' as const),
      about: spec.desc ?? '',
    }));
  });
}

function show(value: unknown, secret: boolean): string {
  if (value === undefined || value === null) return '';
  const text = valueText(value);
  if (secret) return text === '' ? '' : MASK;
  return withoutPassword(text).replace(/([?&][^=&?]*=)[^&]+/g, (parameter, name: string) =>
    /password|secret|token/i.test(name) ? name + MASK : parameter,
  );
}

/** A URL whose password is masked; it may hold any character but what ends it. */
function withoutPassword(text: string): string {
  const user = /:\/\/[^:/?#@]*:/.exec(text);
  const end = text.lastIndexOf('@');
  if (!user || end < user.index + user[0].length) return text;
  return text.slice(0, user.index) + user[0] + MASK + text.slice(end);
}

/** A value as it is written into a variable. */
export function valueText(value: unknown): string {
  return Array.isArray(value) ? value.join(',') : String(value);
}
