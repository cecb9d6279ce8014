import source from 'virtual:netron-agent';

/** The agent as one self-contained script: `connect-src 'none'` lets the panel fetch nothing, not even from itself. */
export const agentSource: string = source.code;
export const agentBuild: string = source.build;
