import { ApiError, download, IMPORTS } from './api.js';
import { announce, byId, make, toggle } from './dom.js';
import { headingsPart } from './headings.js';
import { excuse, notice } from './notice.js';
import { sendFile } from './send-file.js';
import { formatSize, languageChanges, say } from './texts.js';

/**
 * Choosing a file, saying what to do with it, and sending it.
 * @param {import('./types.js').Settings} settings
 * @returns {import('./main.js').View}
 */
export function uploadView(settings) {
  const form = byId('upload-form', HTMLFormElement);
  const zone = byId('drop-zone', HTMLElement);
  const input = byId('file', HTMLInputElement);
  const dryRun = byId('dry-run', HTMLInputElement);
  const submit = byId('upload-submit', HTMLButtonElement);
  const progress = byId('upload-progress', HTMLProgressElement);
  const extensions = settings.extensions.map((extension) => `.${extension}`).join(', ');
  const headings = headingsPart();
  const policy = /** @type {RadioNodeList} */ (form.elements.namedItem('on_duplicate'));
  input.accept = extensions;
  /** @type {File | undefined} */
  let file;
  /** @type {AbortController | undefined} */
  let sending;
  let again = false; // whether the file is known to have been the last one
  /** @type {{ id: string, file: File, onDuplicate: string, dryRun: boolean, said: Map<string, string> } | undefined} */
  let last; // what was sent last, and which import it became

  input.addEventListener('change', () => choose(input.files));
  form.addEventListener('change', () => {
    if (again) explain('');
    again = false; // what is sent now is not what was sent before
    draw();
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void start();
  });
  byId('upload-abort', HTMLButtonElement).addEventListener('click', () => sending?.abort());
  byId('template', HTMLButtonElement).addEventListener(
    'click',
    () => void download(`${IMPORTS}/template`, 'orders.csv').catch(excuse),
  );
  languageChanges.addEventListener('change', draw);
  takeDrops(zone, choose, () => sending === undefined);
  draw();

  /** @param {FileList | null | undefined} files */
  function choose(files) {
    if (!files || files.length === 0) return; // the dialog was closed without a choice: the former one stays
    const [first] = files;
    const fault = files.length > 1 ? say('upload.many') : first && faultOf(first);
    explain(fault ?? '');
    if (fault) input.value = '';
    void take(fault ? undefined : first);
  }

  /**
   * @param {File} [chosen]
   * @param {Map<string, string>} [said] what its headings mean
   */
  async function take(chosen, said) {
    file = chosen;
    again = false;
    draw();
    await headings.read(file, said);
    if (!file || file !== chosen) return;
    const texts = [byId('chosen', HTMLElement).textContent, headings.told()];
    announce(texts.filter((text) => text !== '').join('. '));
  }

  /**
   * Comes back from an import that did not know the headings of its file, with that file and what was asked for.
   * @param {string} id of the import
   */
  async function comeBack(id) {
    if (last?.id === id && !sending) {
      const { file: sent, onDuplicate, said } = last;
      policy.value = onDuplicate;
      dryRun.checked = last.dryRun;
      last = undefined; // who comes here again finds the form as it was left
      explain('');
      await take(sent, said);
    }
    headings.open();
  }

  /**
   * The server does not import the same file twice in a row unless one insists.
   * @param {string} id of the import there is
   */
  function offerAgain(id) {
    again = true;
    const link = make('a', { href: `#imports/${encodeURIComponent(id)}` }, say('upload.known.see'));
    byId('upload-error', HTMLElement).replaceChildren(say('upload.known'), ' ', link);
  }

  /** @param {File} candidate */
  function faultOf({ name, size }) {
    const extension = name.includes('.') ? name.slice(name.lastIndexOf('.') + 1) : '';
    if (!settings.extensions.includes(extension)) return say('upload.extension', { extensions });
    if (size > settings.upload_limit)
      return say('upload.tooLarge', { size: formatSize(settings.upload_limit) });
    return undefined;
  }

  async function start() {
    if (sending) return;
    if (!file) {
      explain(say('upload.missing'));
      input.focus();
      return;
    }
    explain('');
    sending = new AbortController();
    progress.value = 0;
    draw();
    const options = {
      dryRun: dryRun.checked,
      onDuplicate: policy.value,
      map: headings.map(),
      again,
    };
    again = false;
    try {
      const { id, isKnown } = await sendFile(
        file,
        options,
        (sent) => (progress.value = sent),
        sending.signal,
      );
      if (isKnown) return offerAgain(id);
      last = { ...options, id, file, said: headings.said() };
      form.reset();
      await take(undefined);
      location.hash = `#imports/${id}`;
    } catch (error) {
      if (sending.signal.aborted) notice(say('upload.aborted'));
      else if (!(error instanceof ApiError)) explain(say('app.offline'));
      else if (error.status !== 401) explain(error.message);
    } finally {
      sending = undefined;
      draw();
    }
  }

  function draw() {
    const size = file ? formatSize(file.size) : '';
    byId('chosen', HTMLElement).textContent = file ? say('upload.chosen', { name: file.name, size }) : '';
    byId('upload-limits', HTMLElement).textContent = say('upload.limits', {
      extensions,
      size: formatSize(settings.upload_limit),
    });
    byId('upload-sending', HTMLElement).textContent = file ? say('upload.sending', { name: file.name }) : '';
    submit.textContent = say(dryRun.checked ? 'upload.check' : again ? 'upload.again' : 'upload.submit');
    zone.classList.toggle('filled', file !== undefined);
    toggle(byId('drop-empty', HTMLElement), file === undefined);
    toggle(byId('drop-filled', HTMLElement), file !== undefined);
    toggle(byId('upload-bar', HTMLElement), sending !== undefined);
    for (const part of form.querySelectorAll('fieldset')) part.disabled = sending !== undefined;
    submit.disabled = sending !== undefined;
  }

  return {
    section: byId('view-import', HTMLElement),
    title: 'upload.title',
    show: (id) => void (id !== '' && comeBack(id)),
  };
}

/** @param {string} text */
function explain(text) {
  byId('upload-error', HTMLElement).textContent = text;
}

/**
 * Takes files that are dropped into the zone. One that misses it is not to replace the page.
 * @param {HTMLElement} zone
 * @param {(files: FileList | undefined) => void} take
 * @param {() => boolean} ready
 */
function takeDrops(zone, take, ready) {
  let depth = 0; // every element within the zone is entered and left too
  const light = () => zone.classList.toggle('over', depth > 0);
  zone.addEventListener('dragenter', () => {
    depth++;
    light();
  });
  zone.addEventListener('dragleave', () => {
    depth--;
    light();
  });
  zone.addEventListener('drop', (event) => {
    depth = 0;
    light();
    if (ready()) take(event.dataTransfer?.files);
  });
  for (const type of ['dragover', 'drop']) window.addEventListener(type, (event) => event.preventDefault());
}
