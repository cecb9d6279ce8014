export { CodecError, type CodecErrorCode } from './codec/codec-error.js';
export { Decoder } from './codec/decoder.js';
export { Encoder, remoteStackOf } from './codec/encoder.js';
export { Long } from './codec/long.js';
export { ServiceDefinition, ServiceReference, StreamReference } from './codec/references.js';
export * from './error-code.js';
export * from './handshake.js';
export {
  type CacheHints,
  INVOKE_PATH,
  type InvokeError,
  type InvokeRequest,
  type InvokeResponse,
  parseInvokeRequest,
  parseInvokeResponse,
} from './http.js';
export * from './http-batch.js';
export * from './limits.js';
export * from './names.js';
export {
  type MessagePacket,
  nextPacketId,
  type Packet,
  PacketCodec,
  PacketType,
  peekResponseId,
  type StreamPacket,
} from './packet.js';
export * from './tap/agent-message.js';
export * from './tap/tap.js';
export * as TapKind from './tap/tap-kind.js';
export * from './tap/tap-reason.js';
export { TitanError, type TitanErrorFields } from './titan-error.js';
export { formatPath } from './value-path.js';
