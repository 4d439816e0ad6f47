import { HhbError } from '@hellohaybye/core';
import { genericDepacketizer, genericPacketizer } from './generic.js';
import { JpegDepacketizer } from './jpeg/depacketizer.js';
import { jpegPacketizer } from './jpeg/packetizer.js';
import { l16Depacketizer, l16Packetizer } from './l16.js';
import type { Depacketizer, Packetizer, PayloadFormat } from './payload-format.js';

/** What cuts frames of a format. */
export function packetizerFor({ format, channels = 1 }: PayloadFormat): Packetizer {
  switch (format) {
    case 'jpeg':
      return jpegPacketizer;
    case 'l16':
      return l16Packetizer(channels);
    case 'generic':
      return genericPacketizer;
  }
}

/** What joins frames of a format, for one stream. */
export function depacketizerFor({ format, channels = 1 }: PayloadFormat): Depacketizer {
  switch (format) {
    case 'jpeg':
      return new JpegDepacketizer();
    case 'l16':
      return l16Depacketizer(channels);
    case 'generic':
      return genericDepacketizer;
  }
}

/**
 * Checks the formats of a stream.
 * @throws HhbError `bad-option`
 */
export function checkFormats(stream: string, formats: readonly PayloadFormat[]): void {
  const bad = (what: string) => new HhbError('bad-option', `Stream ${stream}: ${what}`);
  if (formats.length === 0) throw bad('it has no format');
  const seen = new Set<number>();
  for (const { format, payloadType, clockRate, channels = 1 } of formats) {
    if (!['jpeg', 'l16', 'generic'].includes(format)) throw bad(`there is no format ${String(format)}`);
    const fits = Number.isInteger(payloadType) && payloadType >= 0 && payloadType < 128;
    if (!fits || (payloadType >= 64 && payloadType < 96)) {
      throw bad(`payload type ${payloadType} is not from 0 to 63 or 96 to 127`);
    }
    if (seen.has(payloadType)) throw bad(`payload type ${payloadType} is there twice`);
    seen.add(payloadType);
    if (!(clockRate > 0 && clockRate <= 10_000_000)) throw bad(`clock rate ${clockRate} is out of range`);
    if (clockRate !== formats[0]!.clockRate) throw bad('its formats have different clock rates');
    if (!(Number.isInteger(channels) && channels > 0 && channels <= 64))
      throw bad(`it can't have ${channels} channels`);
  }
}
