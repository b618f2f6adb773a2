import type { ValidatorSpec } from 'envalid';
import { configSections } from './config-section.js';
import { valueText } from './describe-configuration.js';

const INTRODUCTION = `# Every variable that Signalbox reads, with its default. Copy this file to .env and uncomment what you change.
# The process environment wins over .env. Sizes may be written as 512KB, 10MB or 2GB.
`;

/**
 * The text of `.env.example`: every variable of every section, commented out. Sections are in the order of their
 * titles, so that the text does not depend on which module is loaded first.
 */
export function envExample(): string {
  const sections = [...configSections()].sort((a, b) => (a.title < b.title ? -1 : 1));
  const texts = sections.map(({ title, specs }) => `# --- ${title} ---\n\n${variables(specs)}`);
  return [INTRODUCTION, ...texts].join('\n');
}

function variables(specs: Readonly<Record<string, ValidatorSpec<unknown>>>): string {
  return Object.entries(specs)
    .map(([name, { desc, choices, default: value }]) => {
      const about = desc === undefined ? '' : `# ${desc}\n`;
      const takes = choices === undefined ? '' : `# one of: ${choices.map(String).join(', ')}\n`;
      return `${about}${takes}# ${name}=${value === undefined ? '' : valueText(value)}\n`;
    })
    .join('\n');
}
