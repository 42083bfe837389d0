/**
 * The rows of `report/stock/bystore` as bytes, by hand: fragments that are encoded once, numbers, and the product's
 * id, written into one buffer that is used again and again.
 */

/** A piece is compressed when it has reached this. */
const PIECE_BYTES = 1024 * 1024;
/** Room for the row that reaches it. */
const SLACK_BYTES = 256 * 1024;
/** One unit of a quantity: they are integers scaled by this. */
const QUANTITY_SCALE = 10_000;
const ZERO = 0x30;

export interface StoreOfReport {
  readonly id: number;
  readonly uuid: string;
  readonly name: string;
}

export class StockBytes {
  readonly #buffer = Buffer.allocUnsafeSlow(PIECE_BYTES + SLACK_BYTES);
  readonly #sink: (piece: Uint8Array) => void;
  readonly #rowBegin: Buffer;
  readonly #rowMiddle: Buffer;
  readonly #cellBegins: readonly Buffer[];
  readonly #cellEnd = Buffer.from(',"reserve":0,"inTransit":0}');
  readonly #rowEnd = Buffer.from(']}');
  #length = 0;
  #rows = 0;

  /** `sink` gets pieces of about a megabyte; their buffer is reused as soon as it returns. */
  constructor(base: string, stores: readonly StoreOfReport[], sink: (piece: Uint8Array) => void) {
    this.#sink = sink;
    this.#rowBegin = Buffer.from(`{"meta":{"href":"${base}/entity/product/`);
    this.#rowMiddle = Buffer.from(
      `?expand=supplier","metadataHref":"${base}/entity/product/metadata","type":"product",` +
        '"mediaType":"application/json"},"stockByStore":[',
    );
    this.#cellBegins = stores.map(({ uuid, name }, index) =>
      Buffer.from(
        `${index > 0 ? ',' : ''}{"meta":{"href":"${base}/entity/store/${uuid}",` +
          `"metadataHref":"${base}/entity/store/metadata","type":"store","mediaType":"application/json"},` +
          `"name":${JSON.stringify(name)},"stock":`,
      ),
    );
  }

  /** The members before the rows. */
  begin(head: object): void {
    this.#text(`${JSON.stringify(head).slice(0, -1)},"rows":[`);
  }

  /** One product and its quantity in each store, in the order of the stores. */
  row(uuid: string, quantities: Float64Array): void {
    if (this.#rows++ > 0) this.#text(',');
    this.#copy(this.#rowBegin);
    this.#text(uuid);
    this.#copy(this.#rowMiddle);
    for (let index = 0; index < quantities.length; index++) {
      this.#copy(this.#cellBegins[index]!);
      this.#quantity(quantities[index]!);
      this.#copy(this.#cellEnd);
    }
    this.#copy(this.#rowEnd);
    if (this.#length >= PIECE_BYTES) this.#empty();
  }

  /** Ends the body; the number of its rows. */
  end(): number {
    this.#text(']}');
    this.#empty();
    return this.#rows;
  }

  #copy(bytes: Buffer): void {
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #text(text: string): void {
    this.#length += this.#buffer.write(text, this.#length, 'latin1');
  }

  #quantity(quantity: number): void {
    // Two cells of three: worth a way of its own.
    if (quantity === 0) this.#buffer[this.#length++] = ZERO;
    else this.#text(String(quantity / QUANTITY_SCALE));
  }

  #empty(): void {
    this.#sink(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
  }
}
