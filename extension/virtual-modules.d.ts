declare module 'virtual:netron-agent' {
  const source: { readonly code: string; readonly build: string };
  export default source;
}
