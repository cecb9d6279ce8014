// The script is plain JavaScript, because it runs before node_modules exists; these are its types.
declare module '*/scripts/browsers.mjs' {
  export function findChromium(): string | undefined;
  export function findFirefox(): string | undefined;
  export function ensureChromium(): Promise<string | undefined>;
  export function ensureFirefox(): Promise<string | undefined>;
}
