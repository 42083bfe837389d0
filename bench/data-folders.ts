/** Data folders of the benches: made by the product itself, removed at the end, or kept to be used again. */
import { cp, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { waybill } from './waybill.ts';

export interface Size {
  readonly products: number;
  readonly stores: number;
  readonly movements: number;
}

export class DataFolders implements AsyncDisposable {
  readonly #root: string;
  readonly #isKept: boolean;
  readonly #say: (text: string) => void;

  private constructor(root: string, isKept: boolean, say: (text: string) => void) {
    this.#root = root;
    this.#isKept = isKept;
    this.#say = say;
  }

  /** In `kept`, which stays; without it in a folder that is removed. */
  static async open(kept: string | undefined, say: (text: string) => void): Promise<DataFolders> {
    if (kept === undefined)
      return new DataFolders(await mkdtemp(join(tmpdir(), 'waybill-bench-')), false, say);
    await mkdir(kept, { recursive: true });
    return new DataFolders(resolve(kept), true, say);
  }

  /** A data folder with the demo account of this size. */
  demo(size: Size): Promise<string> {
    return this.made(nameOf(size), async (folder) => {
      await makeDemo(size, '--data', folder);
    });
  }

  /** A folder by its name; `make` fills it where it is not there yet. */
  async made(name: string, make: (folder: string) => Promise<void>): Promise<string> {
    const folder = join(this.#root, name);
    if (await exists(folder)) return folder;
    this.#say(`making ${name}`);
    const unfinished = await this.fresh(`${name}.unfinished`);
    await make(unfinished);
    await rename(unfinished, folder);
    return folder;
  }

  /** An empty folder, whatever was there. */
  async fresh(name: string): Promise<string> {
    const folder = join(this.#root, name);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { mode: 0o700 });
    return folder;
  }

  /** Where a file of that name may be written. */
  file(name: string): string {
    return join(this.#root, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isKept) await rm(this.#root, { recursive: true, force: true });
  }
}

/** Makes the demo account by the product's own command; `store` says where. */
export async function makeDemo(size: Size, ...store: readonly string[]): Promise<void> {
  const [products, stores, movements] = [size.products, size.stores, size.movements].map(String);
  const sizes = ['--products', products!, '--stores', stores!, '--movements', movements!];
  await waybill('demo', ...sizes, '--seed', '1', ...store);
}

/** Copies the contents of a data folder that nobody serves. */
export async function copyFolder(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true });
}

const nameOf = ({ products, stores, movements }: Size): string => `demo-${products}x${stores}-${movements}`;

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
