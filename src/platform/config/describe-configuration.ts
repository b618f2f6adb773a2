import { configSections, isSecretName } from './config-section.js';
import type { Environment } from './environment.js';

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
      value: show(name, values[name]),
      source: name in environment.variables ? ('environment' as const) : ('default' as const),
      about: spec.desc ?? '',
    }));
  });
}

function show(name: string, value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = Array.isArray(value) ? value.join(',') : String(value as string | number | boolean);
  if (isSecretName(name)) return text === '' ? '' : '********';
  return text.replace(/(:\/\/[^:/@]*):[^@/]*@/, '$1:********@');
}
