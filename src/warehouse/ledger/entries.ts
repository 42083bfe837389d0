/** From a document to its register entries. Pure. */

/** One movement; fields as in `EntryTable`. */
export interface Entry {
  readonly assortment: number;
  readonly store: number;
  /** ms. */
  readonly moment: number;
  readonly document: number;
  readonly position: number;
  /** ×10^4, signed. */
  readonly quantity: number;
}

/** What a document kind posts for each of its positions: into or out of one of its stores. */
export interface PostingRule {
  readonly store: 'store' | 'sourceStore' | 'targetStore';
  readonly sign: 1 | -1;
}

/** The part of a document that moves stock. */
export interface Posted {
  readonly document: number;
  readonly moment: number;
  /** Whether it counts: applicable and not in the bin. */
  readonly counts: boolean;
  readonly stores: Readonly<Partial<Record<PostingRule['store'], number>>>;
  readonly positions: readonly {
    readonly id: number;
    readonly assortment: number;
    readonly quantity: number;
  }[];
}

/** The entries of a document by its kind's rules; none when it does not count. */
export function entriesOf(rules: readonly PostingRule[], posted: Posted): Entry[] {
  if (!posted.counts) return [];
  return rules.flatMap((rule) => {
    const store = posted.stores[rule.store];
    if (store === undefined) return [];
    return posted.positions.map((position) => ({
      assortment: position.assortment,
      store,
      moment: posted.moment,
      document: posted.document,
      position: position.id,
      quantity: rule.sign * position.quantity,
    }));
  });
}
