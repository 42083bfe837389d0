/**
 * JSON values as bytes, straight into one buffer: no string is made of a row, no object of a value. The buffer
 * grows when a row does not fit; whoever owns the writer takes the buffer away between rows.
 */
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;
const SPACE = 0x20;

/** One unit of a decimal: values are integers scaled by this. */
const DECIMAL_SCALE = 10_000;
const DECIMAL_PLACES = 4;
/** Digits of numbers below this come from 32-bit arithmetic. */
const SMALL = 1_000_000_000;
const SMALL_PLACES = 9;
/** Sign, 16 digits, point. */
const NUMBER_BYTES = 24;
/** A copy of fewer bytes is quicker by hand than by `set` (measured: 11-byte literals, 15 % of the whole encoding). */
const BY_HAND_BYTES = 16;
/** Text is written in stretches, so that a long one does not claim six bytes for each of its letters at once. */
const STRETCH_UNITS = 4096;
/** `\u001f`, the longest form of one UTF-16 unit. */
const ESCAPED_BYTES = 6;

const NULL = Buffer.from('null');
const HEX = Buffer.from('0123456789abcdef');
/** The letter after the backslash for characters that have a short escape. */
const SHORT_ESCAPES = new Map([
  [0x08, 0x62],
  [0x09, 0x74],
  [0x0a, 0x6e],
  [0x0c, 0x66],
  [0x0d, 0x72],
  [QUOTE, QUOTE],
  [BACKSLASH, BACKSLASH],
]);

/** Writes JSON into `buffer` at `length`; both may be read at any time, and are replaced by `restart`. */
export class JsonBytes {
  buffer: Buffer<ArrayBuffer>;
  length = 0;

  constructor(buffer: Buffer<ArrayBuffer>) {
    this.buffer = buffer;
  }

  /** Goes on in another buffer, from its beginning. */
  restart(buffer: Buffer<ArrayBuffer>): void {
    this.buffer = buffer;
    this.length = 0;
  }

  byte(value: number): void {
    if (this.length === this.buffer.length) this.#grow(1);
    this.buffer[this.length++] = value;
  }

  /** Bytes as they are. */
  copy(bytes: Uint8Array): void {
    const size = bytes.length;
    if (this.length + size > this.buffer.length) this.#grow(size);
    if (size < BY_HAND_BYTES) {
      const buffer = this.buffer;
      let at = this.length;
      for (let i = 0; i < size; i++) buffer[at++] = bytes[i]!;
    } else {
      this.buffer.set(bytes, this.length);
    }
    this.length += size;
  }

  null(): void {
    this.copy(NULL);
  }

  /** JSON text as it stands; a lone surrogate becomes U+FFFD. */
  raw(json: string): void {
    const most = json.length * 3;
    if (this.length + most > this.buffer.length) this.#grow(most);
    this.length += this.buffer.write(json, this.length);
  }

  /** An integer of at most 53 bits. */
  integer(value: number): void {
    if (this.length + NUMBER_BYTES > this.buffer.length) this.#grow(NUMBER_BYTES);
    if ((value | 0) !== value && !Number.isSafeInteger(value)) throw notAnInteger(value);
    if (value < 0) this.buffer[this.length++] = MINUS;
    this.#digits(value < 0 ? -value : value);
  }

  /** An integer scaled by 10^4, with as few digits as say it exactly: 15000 is `1.5`. */
  decimal(value: number): void {
    if (this.length + NUMBER_BYTES > this.buffer.length) this.#grow(NUMBER_BYTES);
    if (value === 0) {
      this.buffer[this.length++] = ZERO;
      return;
    }
    if ((value | 0) !== value && !Number.isSafeInteger(value)) throw notAnInteger(value);
    if (value < 0) this.buffer[this.length++] = MINUS;
    const size = value < 0 ? -value : value;
    let fraction = size % DECIMAL_SCALE;
    this.#digits((size - fraction) / DECIMAL_SCALE);
    if (fraction === 0) return;
    let places = DECIMAL_PLACES;
    for (; fraction % 10 === 0; places--) fraction /= 10;
    this.buffer[this.length++] = POINT;
    this.#padded(fraction, places);
  }

  /** A JSON string. A lone surrogate is escaped, since UTF-8 has no form for it. */
  text(value: string): void {
    this.byte(QUOTE);
    for (let from = 0; from < value.length; ) {
      const to = Math.min(value.length, from + STRETCH_UNITS);
      // Room for the second half of a pair that straddles the end, too.
      const most = (to - from + 1) * ESCAPED_BYTES;
      if (this.length + most > this.buffer.length) this.#grow(most);
      from = this.#stretch(value, from, to);
    }
    this.byte(QUOTE);
  }

  /** Writes the units [from, to) and says where it stopped: one further when a surrogate pair straddles `to`. */
  #stretch(value: string, from: number, to: number): number {
    const buffer = this.buffer;
    let at = this.length;
    let i = from;
    for (; i < to; i++) {
      const unit = value.charCodeAt(i);
      if (unit < 0x80) {
        if (unit >= SPACE && unit !== QUOTE && unit !== BACKSLASH) buffer[at++] = unit;
        else at = this.#escape(unit, at);
      } else if (unit < 0x800) {
        buffer[at++] = 0xc0 | (unit >> 6);
        buffer[at++] = 0x80 | (unit & 0x3f);
      } else if (unit < 0xd800 || unit > 0xdfff) {
        buffer[at++] = 0xe0 | (unit >> 12);
        buffer[at++] = 0x80 | ((unit >> 6) & 0x3f);
        buffer[at++] = 0x80 | (unit & 0x3f);
      } else {
        const point = value.codePointAt(i)!;
        if (point === unit) {
          at = this.#escape(unit, at);
          continue;
        }
        i++;
        buffer[at++] = 0xf0 | (point >> 18);
        buffer[at++] = 0x80 | ((point >> 12) & 0x3f);
        buffer[at++] = 0x80 | ((point >> 6) & 0x3f);
        buffer[at++] = 0x80 | (point & 0x3f);
      }
    }
    this.length = at;
    return i;
  }

  #escape(unit: number, at: number): number {
    const buffer = this.buffer;
    buffer[at++] = BACKSLASH;
    const letter = SHORT_ESCAPES.get(unit);
    if (letter !== undefined) {
      buffer[at++] = letter;
      return at;
    }
    buffer[at++] = 0x75;
    for (let shift = 12; shift >= 0; shift -= 4) buffer[at++] = HEX[(unit >> shift) & 0xf]!;
    return at;
  }

  #digits(value: number): void {
    if (value >= SMALL) {
      const low = value % SMALL;
      this.#digits((value - low) / SMALL);
      this.#padded(low, SMALL_PLACES);
      return;
    }
    let places = 1;
    for (let bound = 10; value >= bound; bound *= 10) places++;
    this.#padded(value, places);
  }

  /** Exactly `places` digits of a number below 10^9. */
  #padded(value: number, places: number): void {
    const buffer = this.buffer;
    let rest = value;
    for (let at = this.length + places - 1; at >= this.length; at--) {
      const tenth = (rest / 10) | 0;
      buffer[at] = ZERO + rest - tenth * 10;
      rest = tenth;
    }
    this.length += places;
  }

  #grow(more: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.length + more));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}

function notAnInteger(value: unknown): TypeError {
  return new TypeError(`expected a whole number of at most 53 bits, got ${typeof value} ${String(value)}`);
}
