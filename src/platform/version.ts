/** The product's version, equal to package.json's (the house rules compare them). */
export const VERSION = '0.1.0';
