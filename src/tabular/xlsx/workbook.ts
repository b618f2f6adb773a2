import { shown } from '../problem.js';
import { builtInKind, customKind, type NumberKind } from './cell-dates.js';
import { SharedStrings, sharedStringsHandler } from './shared-strings.js';
import { XlsxError } from './xlsx.errors.js';
import { readWholeXml, type XmlHandler } from './xml-reader.js';
import type { ZipArchive } from './zip-archive.js';

/** The parts that are read whole: the list of sheets, the styles. */
const MAX_SMALL_PART = 32 * 1024 * 1024;
const MAX_SHARED_PART = 512 * 1024 * 1024;
const MAX_SHEETS = 1000;
/** As many as a workbook may have parts. */
const MAX_RELATIONS = 10_000;
const MAX_STYLES = 100_000;

/** A sheet with rows. */
interface Sheet {
  readonly name: string;
  readonly part: string;
}

interface Relation {
  readonly id: string;
  readonly type: string;
  readonly target: string;
}

/** What a workbook says of its sheets. */
export class Workbook {
  private constructor(
    private readonly archive: ZipArchive,
    readonly sheets: readonly Sheet[],
    readonly is1904: boolean,
    private readonly relations: readonly Relation[],
  ) {}

  /** @throws XlsxError, the error of the source */
  static async open(archive: ZipArchive): Promise<Workbook> {
    if (!archive.has('[Content_Types].xml')) {
      throw new XlsxError(
        'XLSX_NOT_A_WORKBOOK',
        'The file is an archive, but not a workbook (.xlsx). Send a workbook.',
      );
    }
    const [main] = (await relationsOf(archive, '')).filter(({ type }) => type === 'officeDocument');
    const part = main?.target ?? 'xl/workbook.xml';
    const relations = await relationsOf(archive, part);
    const sheets: Sheet[] = [];
    let told = 0;
    let is1904 = false;
    await readWhole(archive, part, {
      open(name, attributes) {
        if (name === 'workbookPr') is1904 = ['1', 'true'].includes(attributes['date1904'] ?? '');
        if (name !== 'sheet') return;
        if (++told > MAX_SHEETS) throw XlsxError.tooLarge(`it has more than ${MAX_SHEETS} sheets`);
        const id = Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1];
        // Charts are sheets too, but have no rows.
        const relation = relations.find((one) => one.id === id && one.type === 'worksheet');
        if (relation) sheets.push({ name: attributes['name'] ?? '', part: relation.target });
      },
    });
    if (sheets.length === 0) throw XlsxError.damaged('it has no sheet');
    return new Workbook(archive, sheets, is1904, relations);
  }

  /**
   * A sheet by its name or its number, from 1.
   * @throws XlsxError where there is no such sheet
   */
  sheet(which: string | number): Sheet {
    const found = typeof which === 'number' ? this.sheets[which - 1] : this.#named(which);
    if (found) return found;
    const names = this.sheets.slice(0, 20).map(({ name }) => `"${shown(name)}"`);
    const message = `The workbook has no sheet ${shown(which)}. Choose one of ${names.join(', ')}, or a number from 1.`;
    throw new XlsxError('XLSX_SHEET_UNKNOWN', message);
  }

  /** The texts that cells share. */
  async readSharedStrings(): Promise<SharedStrings> {
    const strings = new SharedStrings();
    const part = this.#partOf('sharedStrings');
    if (part !== undefined) {
      await readWholeXml(this.archive.read(part, MAX_SHARED_PART), part, sharedStringsHandler(strings));
    }
    return strings;
  }

  /** For each style of a cell what its numbers stand for. */
  async readStyles(): Promise<NumberKind[]> {
    const part = this.#partOf('styles');
    if (part === undefined) return [];
    const custom = new Map<number, NumberKind>();
    const kinds: NumberKind[] = [];
    let isInCells = false;
    await readWhole(this.archive, part, {
      open(name, attributes) {
        const id = Number(attributes['numFmtId']);
        if (name === 'numFmt') custom.set(id, customKind(attributes['formatCode'] ?? ''));
        if (name === 'cellXfs') isInCells = true;
        if (name === 'xf' && isInCells) kinds.push(custom.get(id) ?? builtInKind(id));
        if (kinds.length > MAX_STYLES) throw XlsxError.tooLarge(`it has more than ${MAX_STYLES} styles`);
      },
      close(name) {
        if (name === 'cellXfs') isInCells = false;
      },
    });
    return kinds;
  }

  #named(name: string): Sheet | undefined {
    return this.sheets.find((sheet) => sheet.name === name.trim());
  }

  #partOf(type: string): string | undefined {
    return this.relations.find((relation) => relation.type === type && this.archive.has(relation.target))
      ?.target;
  }
}

function readWhole(archive: ZipArchive, part: string, handler: XmlHandler): Promise<void> {
  return readWholeXml(archive.read(part, MAX_SMALL_PART), part, handler);
}

/** What a part refers to. The type of a relation is the last word of its URL, which differs between editions. */
async function relationsOf(archive: ZipArchive, part: string): Promise<Relation[]> {
  const slash = part.lastIndexOf('/') + 1;
  const folder = part.slice(0, slash);
  const own = `${folder}_rels/${part.slice(slash)}.rels`;
  if (!archive.has(own)) return [];
  const relations: Relation[] = [];
  await readWhole(archive, own, {
    open(name, attributes) {
      if (name !== 'Relationship' || attributes['TargetMode'] === 'External') return;
      const type = attributes['Type'] ?? '';
      const target = resolve(folder, attributes['Target'] ?? '');
      if (relations.length === MAX_RELATIONS)
        throw XlsxError.tooLarge(`${own} has more than ${MAX_RELATIONS} entries`);
      relations.push({ id: attributes['Id'] ?? '', type: type.slice(type.lastIndexOf('/') + 1), target });
    },
  });
  return relations;
}

/** The name of a part that another one refers to from its folder. It is only ever looked up in the archive. */
function resolve(folder: string, target: string): string {
  const steps = target.startsWith('/') ? [] : folder.split('/').filter((step) => step !== '');
  for (const step of target.split('/')) {
    if (step === '..') steps.pop();
    else if (step !== '' && step !== '.') steps.push(step);
  }
  return steps.join('/');
}
