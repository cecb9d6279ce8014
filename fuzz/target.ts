/**
 * What is fuzzed, and nothing else: `scripts/fuzz.mjs` bundles this by itself, so that the coverage of the bundle is the
 * coverage of the codec and not of the fuzzer.
 */
export {
  CodecError,
  Decoder,
  Encoder,
  type InvokeError,
  type InvokeResponse,
  type Packet,
  PacketCodec,
  parseBatchResponse,
  parseInvokeRequest,
  parseInvokeResponse,
  peekResponseId,
  TitanError,
} from '../protocol/index.ts';
