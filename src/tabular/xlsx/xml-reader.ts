import { SaxesParser } from 'saxes';
import { shown } from '../problem.js';
import { XlsxError } from './xlsx.errors.js';

/** What is told of a document. Names come without their prefix, which writers choose as they like. */
export interface XmlHandler {
  open?(name: string, attributes: Readonly<Record<string, string>>): void;
  text?(text: string): void;
  close?(name: string): void;
}

/** Parts of workbooks are not nested deeper than a dozen. */
const MAX_DEPTH = 64;
/** Longest text or tag, characters. A cell has at most 32,767. */
const MAX_TOKEN = 1024 * 1024;
/** Bytes read at a time: forty of them can make a row of ten thousand cells, twenty a text of 32,767 characters. */
const STEP = 4 * 1024;

/**
 * Reads XML, and stops after each block of it, so that what was found can be taken. Nothing outside the document is
 * ever looked at: a document type, which could ask for that or unfold without end, is refused.
 * @param part name of the part, for errors
 * @throws XlsxError, the error of the source
 */
export async function* readXml(
  blocks: AsyncIterable<Buffer>,
  part: string,
  handler: XmlHandler,
): AsyncGenerator<void, void> {
  const parser = new SaxesParser({ xmlns: false, position: false });
  let depth = 0;
  let silent = 0;
  parser.on('doctype', () => {
    throw new XlsxError('XLSX_UNSAFE', `The part ${part} of the workbook has a document type. Remove it.`);
  });
  parser.on('opentag', ({ name, attributes }) => {
    silent = 0;
    if (++depth > MAX_DEPTH) throw XlsxError.damaged(`${part} is nested too deep`);
    handler.open?.(localName(name), attributes);
  });
  parser.on('text', (text) => {
    silent = 0;
    handler.text?.(text);
  });
  parser.on('cdata', (text) => handler.text?.(text));
  parser.on('closetag', ({ name }) => {
    silent = 0;
    depth -= 1;
    handler.close?.(localName(name));
  });
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const parse = (step: () => void) => {
    try {
      step();
    } catch (error) {
      if (error instanceof XlsxError) throw error;
      throw XlsxError.damaged(
        `${part} is not XML (${shown(error instanceof Error ? error.message : error)})`,
      );
    }
  };
  for await (const block of blocks) {
    for (let at = 0; at < block.length; at += STEP) {
      parse(() => {
        const text = decoder.decode(block.subarray(at, at + STEP), { stream: true });
        silent += text.length;
        parser.write(text);
      });
      if (silent > MAX_TOKEN) throw XlsxError.damaged(`${part} has a text that is too long`);
      yield;
    }
  }
  parse(() => parser.write(decoder.decode()).close());
}

/** Reads a whole document. */
export async function readWholeXml(
  blocks: AsyncIterable<Buffer>,
  part: string,
  handler: XmlHandler,
): Promise<void> {
  for await (const _ of readXml(blocks, part, handler));
}

function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon === -1 ? name : name.slice(colon + 1);
}
